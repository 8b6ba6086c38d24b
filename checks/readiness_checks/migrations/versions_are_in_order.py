"""MIG012: versions are unique, ascending and well formed."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.migrations import OF_A_COMMAND, MigrationEvidence
from pytest_readiness.judges.migrations.versions import faults


@check(
    id="MIG012",
    title="Versions of migrations are unique, ascending and well formed",
    severity=Severity.LOW,
    needs=Strength.DECLARED,
    rationale=(
        "Tools record the version at the beginning of a file's name. Of two files with one version the "
        "second is never applied, or fails as it is recorded; one that sorts before its predecessors is "
        "skipped where these were applied already; one without a version is not seen at all."
    ),
    remediation="Name each file by the time at which it was written, 20260131120000_what_it_does.sql.",
    references=("https://supabase.com/docs/guides/deployment/database-migrations",),
)
def versions_are_in_order(migrations: MigrationEvidence) -> Iterator[Finding]:
    """Judge the names, in the order of application."""
    for migration in migrations.migrations:
        if migration.command:
            yield unknown(migration.name, OF_A_COMMAND)
    names = [m.name for m in migrations.migrations if not m.dump and not m.command]
    found = faults(names)
    for name in dict.fromkeys(names):
        if name in found:
            yield failed(
                name,
                f"{name}: {found[name]}.",
                reproduce=f"ls {name.rpartition('/')[0] or '.'}",
                fix="Give the file a version of its own, after those before it.",
            )
        else:
            yield passed(name)
