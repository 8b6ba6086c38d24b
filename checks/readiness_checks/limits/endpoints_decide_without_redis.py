"""LIM014: without Redis, an endpoint answers as declared, in the declared time."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.endpoints import EndpointEvidence
from pytest_readiness.judges.edge.endpoints import findings, outages


@check(
    id="LIM014",
    title="Without Redis, an endpoint answers as declared, in the declared time",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "A limiter that decides in time does not help where the service around it waits for another "
        "answer of Redis, turns what it raises into a 500, or serves what it was to refuse."
    ),
    remediation=(
        "Bound connecting, reading and retrying in the client of the service, and answer what was decided "
        "beforehand: 503 or 429 to refuse, or the work itself to admit."
    ),
    references=("https://redis.io/docs/latest/develop/clients/redis-py/produsage/",),
)
def endpoints_decide_without_redis(endpoints: EndpointEvidence) -> Iterator[Finding]:
    """Judge each endpoint."""
    yield from findings(endpoints, outages)
