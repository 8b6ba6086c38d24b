"""LIM009: a Redis that forgot is no reason to fail."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.admissions import AdmissionEvidence
from pytest_readiness.judges.edge.admissions import findings


@check(
    id="LIM009",
    title="A Redis that forgot is no reason to fail",
    severity=Severity.HIGH,
    needs=Strength.SIMULATED,
    rationale=(
        "A failover or a restart empties the cache of scripts, and perhaps all keys. A limiter that loads "
        "its script once raises from then on."
    ),
    remediation=(
        "Run scripts so that one that is not known is sent again, and hold nothing that a new Redis does "
        "not know."
    ),
    references=("https://redis.io/docs/latest/commands/evalsha/",),
)
def redis_may_forget(admissions: AdmissionEvidence) -> Iterator[Finding]:
    """Judge each limiter, property by property."""
    yield from findings(
        admissions,
        "script_flush",
        "flushall",
        "redis_restart",
    )
