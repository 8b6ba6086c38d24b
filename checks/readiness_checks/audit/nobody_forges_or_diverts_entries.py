"""AUD006: nobody forges entries, or keeps them from the log."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.audit import AttackedLog, Attempt, LogAttacks
from pytest_readiness.judges.audit.log_attacks import DISARMED, forges


@check(
    id="AUD006",
    title="Nobody forges entries, diverts them or switches recording off",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "If clients may insert entries, anybody can be accused. A recording function without a search path "
        "of its own writes to a temporary table that has the log's name, and one that asks a setting does "
        "as it is told."
    ),
    remediation=(
        "Make the recording function SECURITY DEFINER with SET search_path = '' and qualified names, let it "
        "ask no setting whether to record, and revoke INSERT on the log from everybody else. Own it, and the "
        "audited tables, in a role that the application cannot become: owners take triggers off."
    ),
    references=(
        "https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",
    ),
)
def nobody_forges_or_diverts_entries(attacks: LogAttacks) -> Iterator[Finding]:
    """Judge what was tried on each log."""
    for attacked in attacks.logs:
        yield _judge(attacked)
        yield from _untried(attacked)


def _untried(attacked: AttackedLog) -> Iterator[Finding]:
    """Tell whose forgeries the server refused for what they said, not for who they are."""
    last = {attempt.actor: attempt for attempt in attacked.attempts if forges(attempt) and not attempt.tried}
    for actor, attempt in last.items():
        yield unknown(
            f"{attacked.log.name}: {attempt.deed} by {actor}",
            f"{actor} may do so, and nothing was found to do it with: {attempt.detail}",
        )


def _judge(attacked: AttackedLog) -> Finding:
    name = attacked.log.name
    if attacked.entry:
        return unknown(name, f"there was no entry to attack: {attacked.entry}")
    tried = [attempt for attempt in attacked.attempts if forges(attempt) and attempt.tried]
    done = [attempt for attempt in tried if attempt.done]
    if not tried:
        return unknown(name, f"nobody could try: {attacked.nobody or 'no write of a user is recorded'}")
    if not done:
        return passed(name, f"{len(tried)} attempts came to nothing")
    first = done[0]
    more = f" And {len(done) - 1} more." if len(done) > 1 else ""
    return failed(
        name,
        f"As {first.actor}, {first.deed}: {first.detail} ({first.place or name}).{more}",
        reproduce=first.sql,
        fix=_fix(name, first),
    )


def _fix(name: str, first: Attempt) -> str:
    if first.deed.startswith(DISARMED):
        return (
            "Let a role own the audited tables, and the functions that record them, that "
            f"{first.actor} is not and cannot become."
        )
    return (
        f"Let nobody but the recording function insert into {name}, and give that function "
        "SET search_path = '' and no switch."
    )
