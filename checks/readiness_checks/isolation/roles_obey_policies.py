"""ISO009: no role of the project's own reads past row-level security."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, passed
from pytest_readiness.evidence.attacks import Harm, RoleEvidence
from pytest_readiness.judges.isolation.assaults import judge


@check(
    id="ISO009",
    title="No role reads past row-level security",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A role with BYPASSRLS, one that a policy leaves out, or one that a client may become, reads "
        "everything while every policy looks right."
    ),
    remediation=(
        "alter role … nobypassrls, revoke the membership, and let policies name the roles that they are for."
    ),
    references=(
        "https://www.postgresql.org/docs/current/sql-createrole.html",
        "https://cwe.mitre.org/data/definitions/250.html",
    ),
)
def roles_obey_policies(roles: RoleEvidence) -> Iterator[Finding]:
    """Judge each role by the rows of others that it reads."""
    if roles.assaults and not any(assault.verb == "ROLE" for assault in roles.assaults):
        yield passed("client roles", "they are members of no other role, and the project has made none")
    for assault in roles.assaults:
        if assault.verb == "OUT OF REACH":
            yield passed(
                assault.subject,
                "it reads past policies, but nobody can log in as it, and nobody who can is a member of it; "
                "whoever is given it has everybody's rows",
            )
    yield from judge(
        roles,
        kinds={"bypassed"},
        verbs={"ROLE"},
        say=_say,
        fix=("alter role {} nobypassrls; revoke from it what it need not read."),
    )


def _say(subject: str, harm: Harm) -> str:
    if harm.victim == "everybody":
        return f"No policy binds {subject}: {harm.what}. Whoever acts through it has everybody's rows."
    return f"As {harm.actor} ({subject}) I read {harm.victim}'s row in {harm.relation}: {harm.what}."
