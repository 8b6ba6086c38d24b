"""AUD004: a write whose entry is lost fails with it."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.audit import AuditedTable, AuditEvidence
from pytest_readiness.judges.audit.trail import action, happened


@check(
    id="AUD004",
    title="A write whose entry cannot be written fails with it",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "A recording function that swallows its errors lets writes through without a trace, on the day "
        "when the log is full, locked or refuses a value."
    ),
    remediation="Let errors of the recording function reach the statement, without EXCEPTION WHEN OTHERS.",
    references=(
        "https://www.postgresql.org/docs/current/plpgsql-control-structures.html#PLPGSQL-ERROR-TRAPPING",
    ),
)
def lost_entry_fails_the_write(audit: AuditEvidence) -> Iterator[Finding]:
    """Look at the writes that were made while the log took no entry."""
    for table in audit.tables:
        if table.recorded:
            yield from _judge(table)


def _judge(table: AuditedTable) -> Iterator[Finding]:
    for write in table.writes:
        if not write.obstructed:
            continue
        if happened(write):
            yield failed(
                table.table,
                f"{action(table, write)} went through without an entry: the error is swallowed.",
                reproduce=write.sql,
                fix=f"Remove the EXCEPTION clause around the INSERT into {table.log.name}.",
            )
        elif not write.sqlstate:
            yield unknown(table.table, f"{action(table, write)} changed nothing, so that no entry was lost")
        else:
            yield passed(table.table, f"it failed with its entry: {write.message}")
        return
