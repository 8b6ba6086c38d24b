"""ISO006: nobody gains another tenant's rights by writing what he may write."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.attacks import EscalationEvidence, Harm
from pytest_readiness.judges.isolation.assaults import judge

_WRITTEN = {"altered": "changed", "taken": "took over", "destroyed": "destroyed"}


@check(
    id="ISO006",
    title="Nobody gains rights by writing his own rows",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "Policies ask tables: memberships, roles, invitations, the active tenant. Whoever may write there "
        "what they ask for has passed them, though each policy alone looks right. So the attacker writes "
        "what he may, and reads everything again."
    ),
    remediation=(
        "Let clients write no row that a policy asks for: insert memberships in a function that checks an "
        "invitation, and grant UPDATE on harmless columns only."
    ),
    references=(
        "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
        "https://cwe.mitre.org/data/definitions/269.html",
    ),
)
def own_rows_give_no_rights(escalations: EscalationEvidence) -> Iterator[Finding]:
    """Judge each relation and function by what could be read or written after it had been used."""
    yield from judge(
        escalations,
        kinds={"read", "approved", *_WRITTEN},
        verbs={"ESCALATE", "ESCALATE TWICE"},
        say=_say,
        fix="Let clients write nothing through {} that a policy asks for.",
    )


def _say(subject: str, harm: Harm) -> str:
    if harm.kind == "approved":
        return f"As {harm.actor} I put a row of my own into {subject} with {harm.what}, which others decide."
    done = _WRITTEN.get(harm.kind, "read")
    used = f"As {harm.actor} I used {subject} for myself, and then {done}"
    return f"{used} {harm.victim}'s row in {harm.relation}: {harm.what}."
