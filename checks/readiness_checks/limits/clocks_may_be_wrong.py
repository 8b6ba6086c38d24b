"""LIM008: clocks that are off change nothing."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.admissions import AdmissionEvidence
from pytest_readiness.judges.edge.admissions import findings


@check(
    id="LIM008",
    title="Clocks that are off change nothing",
    severity=Severity.MEDIUM,
    needs=Strength.SIMULATED,
    rationale=(
        "Nodes of an application disagree about the time, and time is corrected backwards. A limiter on "
        "the clock of the application admits its limit once for each node."
    ),
    remediation="Take the time from Redis, in the script that decides.",
    references=("https://redis.io/docs/latest/commands/time/",),
)
def clocks_may_be_wrong(admissions: AdmissionEvidence) -> Iterator[Finding]:
    """Judge each limiter, property by property."""
    yield from findings(
        admissions,
        "app_clock_skew",
        "clock_backwards",
    )
