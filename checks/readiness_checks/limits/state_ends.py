"""LIM005: all state of a limiter expires and is bounded."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.admissions import AdmissionEvidence
from pytest_readiness.judges.edge.admissions import findings


@check(
    id="LIM005",
    title="All state of a limiter expires and is bounded",
    severity=Severity.HIGH,
    needs=Strength.SIMULATED,
    rationale="A key without an end locks a caller out for ever, or fills Redis until all are refused.",
    remediation=(
        "Set the time to live in the same step as the value, whatever happens between two commands, and "
        "remove entries that no window reaches."
    ),
    references=("https://redis.io/docs/latest/commands/expire/",),
)
def state_ends(admissions: AdmissionEvidence) -> Iterator[Finding]:
    """Judge each limiter, property by property."""
    yield from findings(
        admissions,
        "ttl_set",
        "memory_bounded",
        "crash_between_commands",
        "expiry_between_commands",
    )
