"""MIG001: all migrations apply."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.migrations import Failure, Migration, MigrationEvidence


@check(
    id="MIG001",
    title="All migrations apply to an empty database, in order",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A migration that fails rolls back whole: the protection that it should have brought silently "
        "never exists, and a new environment cannot be built from the repository."
    ),
    remediation="Mend the failing statement, or the order of the files, until the history applies from zero.",
    references=("https://www.postgresql.org/docs/current/errcodes-appendix.html",),
)
def all_migrations_apply(migrations: MigrationEvidence) -> Iterator[Finding]:
    """Judge each file by how it went."""
    for migration in migrations.migrations:
        yield _judge(migration, migrations.role)


def _judge(migration: Migration, role: str) -> Finding:
    if not migration.reached:
        return unknown(migration.name, "not reached: an earlier file failed, and settings are strict")
    failure = migration.failure
    if failure is None:
        return passed(migration.name)
    said = f"{failure.sqlstate} {failure.message}".strip()
    if failure.environment:
        return unknown(migration.name, f"{failure.environment}: {said}, at line {failure.line}")
    return failed(
        migration.name,
        f"{migration.name} does not apply: {said}, at line {failure.line}.",
        reproduce=_script(migration, failure, role),
        fix=f"Mend line {failure.line}: {failure.statement}",
    )


def _script(migration: Migration, failure: Failure, role: str) -> str:
    if migration.name == failure.statement:
        return f"DATABASE_URL=… {migration.name}"
    return f"psql -X -v ON_ERROR_STOP=1 -1 -U {role} -f {migration.name}"
