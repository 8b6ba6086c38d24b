"""LIM004: each caller has a limit of its own."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.admissions import AdmissionEvidence
from pytest_readiness.judges.edge.admissions import findings


@check(
    id="LIM004",
    title="Each caller has a limit of its own",
    severity=Severity.HIGH,
    needs=Strength.SIMULATED,
    rationale="Callers that share a budget lock one another out, and one of them can do it on purpose.",
    remediation=(
        "Put the whole identity into the key, as it is: not folded, not cut, not normalised, and never as "
        "a pattern."
    ),
    references=("https://redis.io/docs/latest/develop/using-commands/keyspace/",),
)
def keys_have_limits_of_their_own(admissions: AdmissionEvidence) -> Iterator[Finding]:
    """Judge each limiter, property by property."""
    yield from findings(
        admissions,
        "keys_isolated",
        "keys_distinct",
    )
