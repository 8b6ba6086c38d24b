"""HEA006: a failed check leaves a record and its latency."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.health import HealthEvidence
from pytest_readiness.judges.edge.health import findings, telling


@check(
    id="HEA006",
    title="A failed check leaves a record and its latency",
    severity=Severity.LOW,
    needs=Strength.ATTACKED,
    rationale=(
        "The state says that something failed; who is called at night needs to know what, since when and "
        "how long it took."
    ),
    remediation=(
        "Log one structured record for each failed check, with the dependency and the time, and put the "
        "time into the answer."
    ),
    references=("https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06",),
)
def failures_are_told(health: HealthEvidence) -> Iterator[Finding]:
    """Judge each service."""
    yield from findings(health, telling)
