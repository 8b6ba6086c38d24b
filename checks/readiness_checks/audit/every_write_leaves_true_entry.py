"""AUD001: every write to an audited table leaves a true audit row."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.audit import AuditedTable, AuditEvidence, Write
from pytest_readiness.judges.trail import untruths


@check(
    id="AUD001",
    title="Every write to an audited table leaves a true audit row",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A trail with gaps cannot settle a dispute. That a trigger exists proves nothing: it may miss a "
        "verb, a column or a NULL, and it may record something else than what was stored."
    ),
    remediation=(
        "Record in an AFTER trigger for INSERT, UPDATE and DELETE on each row and for TRUNCATE on the "
        "statement, from OLD and NEW as they are, and let an error in it fail the write."
    ),
    references=(
        "https://www.postgresql.org/docs/current/plpgsql-trigger.html#PLPGSQL-TRIGGER-AUDIT-EXAMPLE",
    ),
)
def every_write_leaves_true_entry(audit: AuditEvidence) -> Iterator[Finding]:
    """Compare what changed in each table with what the log gained."""
    for table in audit.tables:
        yield _judge(table, audit)


def _judge(table: AuditedTable, audit: AuditEvidence) -> Finding:
    if table.unfilled:
        return unknown(table.table, f"it could not be written to: {table.unfilled}")
    false = [(write, text) for write in table.writes for text in untruths(table, write, audit.columns)]
    if false:
        write, text = false[0]
        more = f" And {len(false) - 1} more." if len(false) > 1 else ""
        return failed(
            table.table,
            f"{_action(table, write)} {text} in {audit.log} ({table.why}).{more}",
            reproduce=write.sql,
            fix=f"Attach the recording trigger of {audit.log} to {table.table} for every verb, "
            "and record OLD and NEW as stored.",
        )
    done = [write for write in table.writes if not write.sqlstate]
    if not done:
        return unknown(table.table, f"every write to it was refused: {table.writes[0].message}")
    verbs = ", ".join(dict.fromkeys(write.verb for write in done))
    return passed(table.table, f"{len(done)} writes ({verbs}) are recorded as they were")


def _action(table: AuditedTable, write: Write) -> str:
    where = f"{table.table}.{write.column}" if write.column else table.table
    return f"{write.verb} of {where} by {write.actor}"
