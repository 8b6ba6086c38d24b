"""AUD007: entries are read by nobody else than those whom they concern."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.audit import AttackedLog, Attempt, AuditEvidence, LogAttacks
from pytest_readiness.evidence.counterparts import CounterpartEvidence, Learned
from pytest_readiness.judges.audit.log_attacks import copied_secrets, hidden_columns, overlooked


@check(
    id="AUD007",
    title="Entries are read by nobody whom they do not concern, and hold no secrets",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "The log holds every row of every audited table, old and new. Open, it undoes the row-level "
        "security of all of them; and a password that is copied into it stays for ever."
    ),
    remediation=(
        "Enable row-level security on the log, grant SELECT to the backend alone or to the owners of the "
        "rows, and leave secret columns out of old and new."
    ),
    references=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def log_is_read_by_the_entitled(
    attacks: LogAttacks, audit: AuditEvidence, counterparts: CounterpartEvidence
) -> Iterator[Finding]:
    """Judge who read each log, and what it holds."""
    told: set[str] = set()
    for attacked in attacks.logs:
        yield _judge(attacked)
        yield from map(_overlooked, overlooked(attacked))
        for attempt in hidden_columns(attacked):
            subject = attempt.detail.partition(",")[0]
            if subject in told:
                continue
            told.add(subject)
            yield failed(
                subject,
                f"As {attempt.actor} I read in {attacked.log.name} {attempt.detail}.",
                reproduce=attempt.sql,
                fix="Leave the column out of the images, or let nobody read them from whom it is hidden.",
            )
        if counterparts.barred and not attacked.nobody:
            told_of = f"{attacked.log.name} after calls"
            yield unknown(told_of, f"what calls leave there of others was not read: {counterparts.barred}")
    for learned in counterparts.learned:
        yield _learned(learned)
    for table in audit.tables:
        for column, write in copied_secrets(table):
            if (subject := f"{table.table}.{column}") in told:
                continue
            yield failed(
                subject,
                f"{table.log.name} holds a copy of {table.table}.{column}, which is a secret.",
                reproduce=write.sql,
                fix=f"Leave {column} out of the images of {table.table}.",
            )


def _learned(learned: Learned) -> Finding:
    columns = ", ".join(learned.columns)
    return failed(
        f"{learned.relation} after {learned.function}",
        f"As {learned.reader} I call {learned.function}, which changes another's row in {learned.relation}, "
        f"and read in {learned.log} what it holds: {columns}.",
        reproduce=learned.sql,
        fix="Let entries be read by the owner of the row that they describe, not by whoever acted.",
    )


def _overlooked(attempt: Attempt) -> Finding:
    view = attempt.place
    if not attempt.tried:
        return unknown(
            view, f"whether {attempt.actor} reads in it what is another's was not seen: {attempt.detail}"
        )
    if not attempt.done:
        return passed(view, "nobody reads in it what is another's")
    return failed(
        view,
        f"As {attempt.actor} I read in {view} {attempt.detail}.",
        reproduce=attempt.sql,
        fix=f"Let {view} ask as its reader (security_invoker = true), or show each of them his own alone.",
    )


def _judge(attacked: AttackedLog) -> Finding:
    name = attacked.log.name
    if attacked.entry:
        return unknown(name, f"there was no entry to read: {attacked.entry}")
    reads = [attempt for attempt in attacked.attempts if attempt.deed == "SELECT" and attempt.tried]
    done = [attempt for attempt in reads if attempt.done]
    if done:
        place = done[0].place or name
        return failed(
            name,
            f"As {done[0].actor} I read in {place} {done[0].detail}.",
            reproduce=done[0].sql,
            fix=f"Enable row-level security on {place}, with a policy for those whom an entry concerns.",
        )
    if attacked.nobody or not reads:
        return unknown(name, f"nobody could try to read it: {attacked.nobody or 'there is no user'}")
    return passed(name, f"{len({read.actor for read in reads})} people read nothing about others")
