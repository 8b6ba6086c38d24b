"""HEA007: the orchestrator's probes wait for as long as an answer may take."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.orchestration import OrchestrationEvidence
from pytest_readiness.judges.edge.orchestration import probe_findings


@check(
    id="HEA007",
    title="The orchestrator's probes wait for as long as an answer may take",
    severity=Severity.HIGH,
    needs=Strength.SOURCE,
    rationale=(
        "Where nothing is told, Kubernetes waits for one second. An endpoint that may take five while a "
        "dependency hangs then fails in every instance at once: what could answer degraded is taken out of "
        "the traffic, or restarted, which mends nothing."
    ),
    remediation=(
        "Give probes a timeoutSeconds above the largest budget of what they ask, and let liveness ask an "
        "endpoint that asks nobody."
    ),
    references=(
        "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
    ),
)
def probes_wait_long_enough(manifests: OrchestrationEvidence) -> Iterator[Finding]:
    """Judge each probe of a manifest."""
    yield from probe_findings(manifests)
