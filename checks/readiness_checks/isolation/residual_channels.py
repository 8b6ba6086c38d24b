"""ISO010: channels that are open in nearly every database, for whoever has to close them too."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed
from pytest_readiness.evidence.attacks import (
    Assaults,
    CallEvidence,
    Harm,
    InferenceEvidence,
    RoleEvidence,
    SessionEvidence,
    ViewEvidence,
    WriteEvidence,
)
from pytest_readiness.judges.isolation.assaults import judge


@check(
    id="ISO010",
    title="What the server tells or allows beside the policies",
    severity=Severity.INFO,
    needs=Strength.ATTACKED,
    rationale=(
        "Row-level security governs rows. Estimates of their number, sequences, references by surrogate "
        "keys, sums and explicit locks are beside it; few systems need to close them."
    ),
    remediation=(
        "Revoke SELECT on sequences, put the owner into foreign keys and into what functions lock, and grant "
        "clients no UPDATE, DELETE or TRUNCATE on tables that they need not change."
    ),
    references=(
        "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
        "https://cwe.mitre.org/data/definitions/203.html",
    ),
)
def residual_channels(
    roles: RoleEvidence,
    inferences: InferenceEvidence,
    views: ViewEvidence,
    writes: WriteEvidence,
    sessions: SessionEvidence,
    calls: CallEvidence,
) -> Iterator[Finding]:
    """List what came out, object by object; what TRUNCATE empties is usually every table, so in one."""
    yield from _truncated(writes)
    met = (assault for assault in writes.assaults if assault.verb == "INSERT")
    left = (one for one in (*sessions.assaults, *met) if any(h.kind == "residual" for h in one.harms))
    untried = (assault for assault in calls.assaults if assault.verb == "MAKES" and assault.unclear)
    beside = (one for one in roles.assaults if one.verb != "ROLE" or not one.unclear)
    both = Assaults(
        (*beside, *inferences.assaults, *views.assaults, *left, *untried),
        undeclared=roles.undeclared,
    )
    yield from judge(
        both,
        kinds={"residual"},
        say=_say,
        fix="Where it matters, revoke the privilege, or put the owner into the key.",
    )


def _truncated(writes: WriteEvidence) -> Iterator[Finding]:
    tried = [assault for assault in writes.assaults if assault.verb == "TRUNCATE"]
    harms = {a.subject: harm for a in tried for harm in reversed(a.harms) if harm.kind == "residual"}
    if harms:
        first, *others = harms
        more = f" and {len(others)} other tables" if others else ""
        owned = " owns " in harms[first].by
        why = "Its owner may" if owned else "The platform grants it, and its API cannot say it"
        yield failed(
            "TRUNCATE",
            f"As {harms[first].actor} I emptied {first}{more}: TRUNCATE asks no policy. {why}; "
            "whoever runs SQL as this role can.",
            reproduce=harms[first].sql,
            fix=f"Revoke TRUNCATE on {', '.join(harms)} from client roles and their default privileges.",
        )
    elif any(assault.tried for assault in tried):
        yield passed("TRUNCATE", f"no client role emptied any of {len(tried)} tables")


_MAY = {
    "TRIGGER": "make {}",
    "REFERENCES": "make {}",
    "SETVAL": "set {}",
    "STALE CLAIMS": "still read {}",
}
"""What a role may do, by what lets it."""

_CLAUSES = (" may refer to ", " follows from ")
_VERBS = {
    "a lock": "take",
    "a function or table of one's own": "make",
    "a table of one's own": "make",
    "rows of others": "destroy",
    "references of others": "empty",
    "keys of others": "rewrite",
    "rows whose key": "rewrite",
    "the sessions": "end",
}
"""How else it is told: what came out, or what was done."""


def _say(subject: str, harm: Harm) -> str:
    """Tell what a role may do, to whoever decides whether it matters."""
    who = f"Whoever runs SQL as {harm.actor} may"
    if harm.what.startswith("become "):
        return f"{who} {harm.what}."
    if subject.endswith(" by side"):
        step = subject.removesuffix(" by side")
        return f"Either of the two who own a row may take each step of {step}: {harm.what}."
    if subject.endswith(" by rank"):
        return f"Whoever is beside {harm.victim} may {harm.what}, not by the order that is declared."
    if subject in _MAY:
        return f"{who} {_MAY[subject].format(harm.what)} ({subject})."
    if any(verb in harm.what for verb in _CLAUSES):
        return f"{who} learn of {subject} that {harm.what}."
    verb = next((verb for noun, verb in _VERBS.items() if harm.what.startswith(noun)), "learn")
    return f"{who} {verb} {harm.what} ({subject.removesuffix(f': {harm.what}')})."
