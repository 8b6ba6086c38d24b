"""MIG001: all migrations apply."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.migrations import Migration, MigrationEvidence
from pytest_readiness.judges.migrations.dependents import Want, behind, incomplete, listed, nowhere, wants


@check(
    id="MIG001",
    title="All migrations apply to an empty database, in order",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A migration that fails rolls back whole where it is deployed: the protection that it should have "
        "brought never exists there, and a new environment cannot be built from the repository. To judge "
        "the rest, what can be had of such a file is applied here statement by statement."
    ),
    remediation="Mend the failing statement, or the order of the files, until the history applies from zero.",
    references=("https://www.postgresql.org/docs/current/errcodes-appendix.html",),
)
def all_migrations_apply(migrations: MigrationEvidence) -> Iterator[Finding]:
    """Judge each file by how it went, and tell what depends on one that failed."""
    found = wants(migrations.migrations)
    for migration in migrations.migrations:
        yield _judge(migration, migrations, found)


def _judge(migration: Migration, migrations: MigrationEvidence, found: tuple[Want, ...]) -> Finding:
    if not migration.reached:
        return unknown(migration.name, "not reached: an earlier file failed, and settings are strict")
    failure = migration.failure
    if failure is None:
        return passed(migration.name)
    said = f"{failure.sqlstate} {failure.message}".strip()
    after = "".join(f" {text}" for text in _consequences(migration, migrations, found))
    if failure.environment:
        return unknown(migration.name, f"{failure.environment}: {said}, at line {failure.line}.{after}")
    want = next((one for one in found if one.file == migration.name), None)
    mend = f"Mend line {failure.line}: {failure.statement}"
    return failed(
        migration.name,
        f"{migration.name} does not apply: {said}, at line {failure.line}.{after}",
        reproduce=_script(migration, migrations.role),
        fix=f"Mend {want.cause} first, which would have made {want.lacking}. Then: {mend}" if want else mend,
    )


def _consequences(
    migration: Migration, migrations: MigrationEvidence, found: tuple[Want, ...]
) -> Iterator[str]:
    """Say which files fail after it, and what is missing or was judged without it."""
    if later := behind(found, migration.name):
        yield f"For want of it fails too: {listed(f'{want.file} (no {want.lacking})' for want in later)}."
    if missing := nowhere(migrations.migrations, migration):
        yield f"Not there, so that no check could judge it: {listed(map(str, missing))}."
    if touched := incomplete(migration):
        yield f"Judged as it is without that: {listed(touched)}."


def _script(migration: Migration, role: str) -> str:
    if migration.command:
        return f"DATABASE_URL=… {migration.name}"
    return f"psql -X -v ON_ERROR_STOP=1 -1 -U {role} -f {migration.name}"
