"""AUD005: nobody alters or removes entries."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.audit import AttackedLog, Attempt, LogAttacks
from pytest_readiness.judges.audit.log_attacks import CALL, UNGUARDED, destroys


@check(
    id="AUD005",
    title="No client and no service alters or removes entries",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "Policies do not bind a role with BYPASSRLS, and nothing but a privilege or a trigger for the "
        "statement stops TRUNCATE. A trail that the backend can rewrite proves nothing about the backend."
    ),
    remediation=(
        "Revoke UPDATE, DELETE and TRUNCATE on the log from every role of the application, and refuse them "
        "in triggers: BEFORE UPDATE OR DELETE for each row, BEFORE TRUNCATE for each statement. Let no "
        "foreign key of the log cascade, and own the log in a role that the application cannot become."
    ),
    references=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def log_is_append_only(attacks: LogAttacks) -> Iterator[Finding]:
    """Judge what was tried on each log."""
    for attacked in attacks.logs:
        yield _judge(attacked)
        for attempt in attacked.attempts:
            if destroys(attempt) and not attempt.tried:
                yield unknown(
                    f"{attacked.log.name}: {attempt.deed}",
                    f"whether entries outlast it was not tried, as {attempt.actor}: {attempt.detail}",
                )


def _judge(attacked: AttackedLog) -> Finding:
    name = attacked.log.name
    if attacked.entry:
        return unknown(name, f"there was no entry to attack: {attacked.entry}")
    tried = [attempt for attempt in attacked.attempts if destroys(attempt) and attempt.tried]
    done = [attempt for attempt in tried if attempt.done]
    if not tried:
        return unknown(name, f"nobody could try: {attacked.nobody or 'all who act own the log'}")
    if not done:
        return passed(name, f"{len(tried)} attempts were refused")
    deeds = ", ".join(dict.fromkeys(f"{attempt.deed} by {attempt.actor}" for attempt in done))
    return failed(
        name,
        f"Entries of {name} do not last: {deeds}.",
        reproduce=done[0].sql,
        fix=_fix(name, done),
    )


def _fix(name: str, done: list[Attempt]) -> str:
    if owner := next((attempt.actor for attempt in done if attempt.deed == UNGUARDED), ""):
        return f"Let a role own {name}, and what guards it, that {owner} is not and cannot become."
    if all(attempt.deed.startswith(CALL) for attempt in done):
        called = done[0].deed.removeprefix(CALL)
        return f"Let {called} end only entries of an age that it does not take from its caller, or revoke it."
    return f"Refuse UPDATE, DELETE and TRUNCATE of {name} in triggers, and revoke them from {done[0].actor}."
