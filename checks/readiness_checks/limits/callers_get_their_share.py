"""LIM006: callers get the share that the limit allows."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.admissions import AdmissionEvidence
from pytest_readiness.judges.edge.admissions import findings


@check(
    id="LIM006",
    title="Callers get the share that the limit allows",
    severity=Severity.HIGH,
    needs=Strength.SIMULATED,
    rationale=(
        "A limiter that counts refused requests, or renews its window with each, locks out a caller that "
        "merely retries."
    ),
    remediation="Count admitted requests only, and let the window end when it was to end.",
    references=("https://www.rfc-editor.org/rfc/rfc6585#section-4",),
)
def callers_get_their_share(admissions: AdmissionEvidence) -> Iterator[Finding]:
    """Judge each limiter, property by property."""
    yield from findings(
        admissions,
        "recovers",
        "no_starvation",
        "throughput_fair",
    )
