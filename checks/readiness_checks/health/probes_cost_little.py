"""HEA005: probes share their checks, and leave no connections behind."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.health import HealthEvidence
from pytest_readiness.judges.edge.health import costs, findings


@check(
    id="HEA005",
    title="Probes share their checks, and leave no connections behind",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "Probes of many load balancers at once, each with connections of its own, use up what the database "
        "has, and connections that time-outs leave open do so slowly."
    ),
    remediation=(
        "Let probes that come at once wait for one round of checks, and close a connection whatever became "
        "of its check."
    ),
    references=("https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",),
)
def probes_cost_little(health: HealthEvidence) -> Iterator[Finding]:
    """Judge each service."""
    yield from findings(health, costs)
