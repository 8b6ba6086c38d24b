"""HEA003: liveness asks nobody, and readiness follows what is required."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.health import HealthEvidence
from pytest_readiness.judges.edge.health import findings, probes


@check(
    id="HEA003",
    title="Liveness asks nobody, and readiness follows what is required",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "Liveness that follows the database restarts every instance when the database is away, which mends "
        "nothing and makes its return harder."
    ),
    remediation="Answer liveness from the process itself, and readiness from the required dependencies.",
    references=("https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",),
)
def liveness_asks_nobody(health: HealthEvidence) -> Iterator[Finding]:
    """Judge each service."""
    yield from findings(health, probes)
