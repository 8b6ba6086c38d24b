"""ISO005: no function hands a tenant's rows to others, or acts on them."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.attacks import CallEvidence, Harm
from pytest_readiness.judges.isolation.assaults import judge

_DID = {"altered": "changed", "taken": "took", "destroyed": "destroyed", "forged": "put a row in place of"}


@check(
    id="ISO005",
    title="No function reaches past isolation",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A function with its owner's rights is asked no policy: whether it compares the caller is seen only "
        "by calling it, with somebody else's identifiers, empty ones, and ones that break out of a string."
    ),
    remediation=(
        "Compare auth.uid() with what the arguments name, inside the function; or make it SECURITY INVOKER; "
        "or revoke EXECUTE from public and from client roles."
    ),
    references=(
        "https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",
        "https://cwe.mitre.org/data/definitions/639.html",
    ),
)
def function_returns_own_rows_only(calls: CallEvidence) -> Iterator[Finding]:
    """Judge each function by what came back from it and by what it did to rows of others."""
    yield from judge(
        calls,
        kinds={"read", "left", "secret", *_DID},
        verbs={"CALL"},
        say=_say,
        fix="Compare the caller with what the arguments of {} name, or revoke EXECUTE on it.",
    )


def _say(subject: str, harm: Harm) -> str:
    if harm.kind == "secret":
        return f"As {harm.actor} I called {subject} and was told a secret of the platform's: {harm.what}."
    if harm.kind == "left":
        made = f"{harm.relation}, which {subject} made"
        return f"As {harm.actor} I read {harm.victim}'s row in {made}: {harm.what}."
    if harm.kind == "read":
        return f"As {harm.actor} I called {subject} and learned of {harm.victim}'s rows: {harm.what}."
    did = f"{_DID[harm.kind]} {harm.victim}'s row in {harm.relation}"
    return f"As {harm.actor} I called {subject} and {did}: {harm.what}."
