"""HEA001: health has three states, and they follow the dependencies."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.health import HealthEvidence
from pytest_readiness.judges.edge.health import findings, states


@check(
    id="HEA001",
    title="Health has three states, and they follow the dependencies",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "A health check that says 200 while the database is gone keeps traffic on a service that fails; "
        "one that says 503 for a cache takes away what still works."
    ),
    remediation=(
        "Ask each dependency, answer 503 where a required one fails and 200 with another state where an "
        "optional one does, and keep no old answers."
    ),
    references=("https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06",),
)
def states_follow_dependencies(health: HealthEvidence) -> Iterator[Finding]:
    """Judge each service."""
    yield from findings(health, states)
