"""ISO004: a tenant's rows are destroyed by nobody else."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.attacks import Harm, WriteEvidence
from pytest_readiness.judges.isolation.assaults import judge


@check(
    id="ISO004",
    title="A tenant's rows are destroyed by nobody else",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "DELETE without WHERE needs no SELECT policy, TRUNCATE is asked no policy at all, and a cascade "
        "asks none of the child's. So each is tried as somebody else, on rows of one's own too."
    ),
    remediation=(
        "Give DELETE a policy of its own, revoke TRUNCATE from client roles, and let no cascade lead from "
        "rows of one owner to rows of another."
    ),
    references=(
        "https://www.postgresql.org/docs/current/sql-createpolicy.html",
        "https://cwe.mitre.org/data/definitions/639.html",
    ),
)
def tenant_destroys_own_rows_only(writes: WriteEvidence) -> Iterator[Finding]:
    """Judge each relation by the rows of others that are gone."""
    yield from judge(
        writes,
        kinds={"destroyed", "shut", "pinned"},
        verbs={"DELETE", "TRUNCATE"},
        say=_say,
        fix="Revoke TRUNCATE on {} from client roles, and let DELETE compare the owner with the caller.",
    )


def _say(subject: str, harm: Harm) -> str:
    if harm.kind == "shut":
        return (
            f"As {harm.actor} I put {harm.victim} in {subject} beside me, and {harm.victim}'s rows in "
            f"{harm.relation} are out of her reach: {harm.what}."
        )
    if harm.kind == "pinned":
        return f"As {harm.actor} I kept {harm.victim} from deleting her row in {harm.relation}: {harm.what}."
    return f"As {harm.actor} I destroyed {harm.victim}'s row in {harm.relation}: {harm.what} ({subject})."
