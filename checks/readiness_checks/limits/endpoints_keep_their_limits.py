"""LIM011: an endpoint serves exactly its limit to each caller."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.endpoints import EndpointEvidence
from pytest_readiness.judges.edge.endpoints import findings, limits


@check(
    id="LIM011",
    title="An endpoint serves exactly its limit to each caller",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "What the limiter keeps, its place in the service may lose: counted after the work is done, for "
        "all callers together, for each instance, or for windows that a caller can straddle."
    ),
    remediation=(
        "Ask the limiter before anything else is done, with the caller and the route in the key, in a "
        "store that all instances share."
    ),
    references=("https://www.rfc-editor.org/rfc/rfc6585#section-4",),
)
def endpoints_keep_their_limits(endpoints: EndpointEvidence) -> Iterator[Finding]:
    """Judge each endpoint."""
    yield from findings(endpoints, limits)
