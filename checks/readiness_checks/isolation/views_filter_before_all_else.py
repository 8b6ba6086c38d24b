"""ISO008: a view applies its filter before anything that a caller adds."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.attacks import Harm, ViewEvidence
from pytest_readiness.judges.isolation.assaults import judge


@check(
    id="ISO008",
    title="A view applies its filter first",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "The planner may apply a cheap condition of the caller before the filter of a view. A cast that "
        "fails then names the value of a hidden row in its error."
    ),
    remediation=(
        "Create the view with (security_barrier = true), or with (security_invoker = true) on tables with "
        "row-level security."
    ),
    references=(
        "https://www.postgresql.org/docs/current/rules-privileges.html",
        "https://cwe.mitre.org/data/definitions/209.html",
    ),
)
def views_filter_before_all_else(views: ViewEvidence) -> Iterator[Finding]:
    """Judge each view by the errors of casts that a caller adds."""
    yield from judge(
        views,
        kinds={"cast"},
        say=_say,
        fix=("alter view {} set (security_barrier = true);"),
    )


def _say(subject: str, harm: Harm) -> str:
    return f"As {harm.actor} I cast a column of {subject}, and the error told me {harm.victim}'s {harm.what}."
