"""ISO002: a tenant's rows are changed by nobody else."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.attacks import Harm, WriteEvidence
from pytest_readiness.judges.isolation.assaults import judge


@check(
    id="ISO002",
    title="A tenant's rows are changed by nobody else",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "An UPDATE without WHERE needs no SELECT policy, and a policy for one verb says nothing of another. "
        "So every form of update is tried as somebody else, and the owner's rows are compared afterwards."
    ),
    remediation=(
        "Give UPDATE a policy whose USING compares the owner with the caller, and let WITH CHECK do the "
        "same; grant UPDATE on no column that nobody should change."
    ),
    references=(
        "https://www.postgresql.org/docs/current/sql-createpolicy.html",
        "https://cwe.mitre.org/data/definitions/639.html",
    ),
)
def tenant_changes_own_rows_only(writes: WriteEvidence) -> Iterator[Finding]:
    """Judge each relation by what became of rows that the attacker does not own."""
    yield from judge(
        writes,
        kinds={"altered", "taken"},
        verbs={"UPDATE", "INSERT"},
        say=_say,
        fix="Let the UPDATE policies of {} compare the owner with the caller, in USING and in WITH CHECK.",
    )


def _say(subject: str, harm: Harm) -> str:
    done = "made it mine" if harm.kind == "taken" else "changed it"
    reached = f"As {harm.actor} I reached {harm.victim}'s row in {harm.relation}"
    return f"{reached} and {done}: {harm.what} ({subject})."
