"""LIM010: without Redis, the declared decision comes in the declared time."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.admissions import AdmissionEvidence
from pytest_readiness.judges.edge.admissions import findings


@check(
    id="LIM010",
    title="Without Redis, the declared decision comes in the declared time",
    severity=Severity.HIGH,
    needs=Strength.SIMULATED,
    rationale=(
        "Whether requests pass without a limit is a choice to be made beforehand. A client that retries "
        "ten times, or waits without an end, makes it a third one: nobody is served."
    ),
    remediation=(
        "Bound connecting, reading and retrying in the client, and catch what it raises where the decision "
        "is made."
    ),
    references=("https://redis.io/docs/latest/develop/clients/redis-py/produsage/",),
)
def outage_decides_as_declared(admissions: AdmissionEvidence) -> Iterator[Finding]:
    """Judge each limiter, property by property."""
    yield from findings(
        admissions,
        "redis_down",
        "redis_hung",
        "redis_slow",
        "redis_readonly",
    )
