"""LIM012: no spelling of a request opens another budget."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.endpoints import EndpointEvidence
from pytest_readiness.judges.edge.endpoints import findings, ways_around


@check(
    id="LIM012",
    title="No spelling of a request opens another budget",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A budget for each spelling of the path, each method, each forwarded address or each wrong "
        "password is no limit: whoever wants more writes it differently."
    ),
    remediation=(
        "Key on the route that was matched and on a caller that was verified; believe forwarded addresses "
        "of one's own proxies alone; let preflights pass."
    ),
    references=("https://www.rfc-editor.org/rfc/rfc7239#section-8.1",),
)
def no_way_around_the_limit(endpoints: EndpointEvidence) -> Iterator[Finding]:
    """Judge each endpoint."""
    yield from findings(endpoints, ways_around)
