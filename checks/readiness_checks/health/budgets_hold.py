"""HEA002: a check takes no longer than its budget, whatever hangs."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.health import HealthEvidence
from pytest_readiness.judges.edge.health import findings, times


@check(
    id="HEA002",
    title="A check takes no longer than its budget, whatever hangs",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "A dependency that hangs must not hang the probe: the orchestrator then takes a service that is "
        "slow for one that is dead."
    ),
    remediation=(
        "Bound each check by its own time-out, run them side by side, and give the orchestrator's probe "
        "more time than the largest budget."
    ),
    references=(
        "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
    ),
)
def budgets_hold(health: HealthEvidence) -> Iterator[Finding]:
    """Judge each service."""
    yield from findings(health, times)
