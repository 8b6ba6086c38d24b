"""AUD001: every write to an audited table leaves an entry."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.audit import AuditedTable, AuditEvidence, Doubt, DoubtEvidence, Log
from pytest_readiness.evidence.beside import BesideEvidence, Spoken
from pytest_readiness.judges.audit.authors import by_whom
from pytest_readiness.judges.audit.beside import unrecorded
from pytest_readiness.judges.audit.kept_entries import loss
from pytest_readiness.judges.audit.trail import action, gap, happened, ordinary


@check(
    id="AUD001",
    title="Every write to an audited table leaves an entry",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A trail with gaps cannot settle a dispute. That a trigger exists proves nothing: it may miss a "
        "verb, a column, a NULL, a cascade or a partition."
    ),
    remediation=(
        "Record in an AFTER trigger for INSERT, UPDATE and DELETE on each row and for TRUNCATE on the "
        "statement, without a condition, on every table, partition and child that can be written to."
    ),
    references=(
        "https://www.postgresql.org/docs/current/plpgsql-trigger.html#PLPGSQL-TRIGGER-AUDIT-EXAMPLE",
    ),
)
def every_write_leaves_entry(
    audit: AuditEvidence, doubtful: DoubtEvidence, aside: BesideEvidence
) -> Iterator[Finding]:
    """Compare how often each table changed with how often its log gained an entry."""
    for spoken in aside.tables:
        yield _past(spoken)
    for doubt in doubtful.doubts:
        yield _asked(doubt)
    for log in audit.logs:
        if log.unlogged:
            yield _unlogged(log)
    for table in audit.tables:
        if table.recorded or not table.why.startswith("it "):
            yield _judge(table)
            for part, why in table.unfilled_parts:
                yield unknown(part, f"no row that lands in it could be made: {why}")


def _unlogged(log: Log) -> Finding:
    names = ", ".join(log.unlogged)
    return failed(
        log.name,
        f"{names} is UNLOGGED: a crash of the server empties it, and no standby has any entry of it.",
        reproduce=f"\\d {log.unlogged[0]}",
        fix="\n".join(f"alter table {name} set logged;" for name in log.unlogged),
    )


def _asked(doubt: Doubt) -> Finding:
    name = doubt.log.replace('"', "")
    fix = f'[audit]\nlog = "{name}"\n# or, where it is none:\nnot_logs = ["{name}"]'
    change = f"the end or change of {doubt.untold} left nothing in it"
    lost = f"it holds what rows of {doubt.table} were, and {change}"
    unseen = f"what writes to {doubt.table} leave in it could not be seen ({doubt.unseen})"
    return unknown(
        f"{doubt.log} as a log",
        f"{unseen if doubt.unseen else lost}: versions and events need not be whole, a log has to be. "
        f"Declare which it is:\n{fix}",
        reason="not declared",
        fix=fix,
    )


def _past(spoken: Spoken) -> Finding:
    if spoken.unfilled:
        return unknown(spoken.table, f"it could not be written to: {spoken.unfilled}")
    missing = unrecorded(spoken)
    if not missing:
        told = f"functions leave entries in {spoken.log} of {spoken.kinds} kinds of change"
        return passed(spoken.table, f"{told}, and no client makes one past them without")
    first = missing[0]
    more = f" And {len(missing) - 1} more." if len(missing) > 1 else ""
    where = f"{first.place}.{first.column}" if first.column else first.place
    return failed(
        spoken.table,
        f"{first.verb} of {where} by {first.actor} left no entry in {spoken.log}, which functions write when "
        f"they do the same to {spoken.table}.{more}",
        reproduce=first.sql,
        fix=f"Revoke {first.verb} on {first.place} from clients, or record {spoken.table} in a trigger.",
    )


def _judge(table: AuditedTable) -> Finding:
    if table.unfilled:
        return unknown(table.table, f"it could not be written to: {table.unfilled}")
    writes = [write for write in table.writes if ordinary(write)]
    missing = [(write, text) for write in writes if (text := gap(table, write) or loss(table, write))]
    if missing:
        write, text = missing[0]
        more = f" And {len(missing) - 1} more." if len(missing) > 1 else ""
        return failed(
            table.table,
            f"{action(table, write)} {text} in {table.log.name} ({table.why}).{more}",
            reproduce=write.sql,
            fix=f"Attach the recording trigger of {table.log.name} to {table.table} for every verb, "
            "without a condition.",
        )
    done = [write for write in writes if happened(write) and write.entries]
    if not done:
        refused = next((write.message for write in writes if write.sqlstate), "")
        why = f"every write to it was refused: {refused}" if refused else "no write changed what it records"
        return unknown(table.table, why)
    verbs = ", ".join(dict.fromkeys(write.verb for write in done))
    return passed(table.table, f"{len(done)} writes ({verbs}) left an entry{by_whom(done)}")
