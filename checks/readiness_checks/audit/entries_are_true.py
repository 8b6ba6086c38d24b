"""AUD002: entries say what was done."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed
from pytest_readiness.evidence.audit import AuditedTable, AuditEvidence
from pytest_readiness.judges.audit.dating import misdated
from pytest_readiness.judges.audit.redaction import redacted
from pytest_readiness.judges.audit.trail import action, ordinary, untruths


@check(
    id="AUD002",
    title="Entries say what was done, and nothing else",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "An entry that disagrees with what was stored is worse than none: it is believed. So is one for a "
        "change that never happened."
    ),
    remediation=(
        "Record in an AFTER trigger, which sees what was stored after all other triggers, from OLD and NEW "
        "as they are; compare with IS DISTINCT FROM, which knows NULL."
    ),
    references=("https://www.postgresql.org/docs/current/trigger-definition.html",),
)
def entries_are_true(audit: AuditEvidence) -> Iterator[Finding]:
    """Compare what changed in each table with what its entries say."""
    for table in audit.tables:
        if any(write.entries for write in table.writes):
            yield _judge(table)


def _judge(table: AuditedTable) -> Finding:
    hidden = redacted(table)
    writes = [write for write in table.writes if ordinary(write)]
    false = [(write, text) for write in writes for text in untruths(table, write, hidden)]
    if false:
        write, text = false[0]
        more = f" And {len(false) - 1} more." if len(false) > 1 else ""
        return failed(
            table.table,
            f"{action(table, write)} {text} in {table.log.name}.{more}",
            reproduce=write.sql,
            fix=f"Record {table.table} after all other triggers, from OLD and NEW as they were stored.",
        )
    for dating in table.datings:
        if column := misdated(table, dating):
            return failed(
                table.table,
                f"{dating.verb} of {table.table} by {dating.actor}, who sets {dating.column} to "
                f"{dating.planted}, leaves an entry in {table.log.name} whose {column} is that: nothing in "
                "it tells when it was recorded.",
                reproduce=dating.sql,
                fix=f"Take {column} from clock_timestamp(), and keep what the row says beside it.",
            )
    told = sum(1 for write in table.writes if write.entries)
    but = f", without {', '.join(sorted(hidden))}, which no entry shows" if hidden else ""
    return passed(table.table, f"{told} writes are recorded as they were{but}")
