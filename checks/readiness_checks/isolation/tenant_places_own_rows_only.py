"""ISO003: nobody puts a row in a tenant's place."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.attacks import Harm, WriteEvidence
from pytest_readiness.judges.isolation.assaults import judge


@check(
    id="ISO003",
    title="Nobody puts a row in another tenant's place",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A row that says it is alice's is read, paid and judged as alice's. WITH CHECK alone decides who "
        "may write it, apart from what may be read, so rows in her name and under her parents are inserted "
        "as others."
    ),
    remediation=(
        "Give INSERT and UPDATE a WITH CHECK that compares the owner with the caller, and the parents of a "
        "row with what the caller owns; let defaults such as auth.uid() fill the owner."
    ),
    references=(
        "https://www.postgresql.org/docs/current/sql-createpolicy.html",
        "https://cwe.mitre.org/data/definitions/639.html",
    ),
)
def tenant_places_own_rows_only(writes: WriteEvidence) -> Iterator[Finding]:
    """Judge each relation by the rows that appeared in the name of somebody else."""
    yield from judge(
        writes,
        kinds={"forged"},
        verbs={"INSERT", "UPDATE"},
        say=_say,
        fix=(
            "Let WITH CHECK on {0} compare the owner, and that of the row it refers to, with the caller. "
            'If anybody may leave rows there for their owners: [isolation] drop_boxes = ["{0}"]'
        ),
    )


def _say(subject: str, harm: Harm) -> str:
    if harm.below:
        return f"As {harm.actor} I put a row of my own into {harm.relation} {harm.what} ({subject})."
    if harm.refers:
        return (
            f"As {harm.actor} I made a row of my own in {harm.relation} refer to what is {harm.victim}'s: "
            f"{harm.what} ({subject})."
        )
    placed = f"As {harm.actor} I put a row in the name of {harm.victim} into {harm.relation}"
    return f"{placed}: {harm.what} ({subject})."
