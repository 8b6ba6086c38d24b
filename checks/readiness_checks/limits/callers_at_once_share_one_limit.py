"""LIM003: callers at once, in whatever process, share one limit."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.admissions import AdmissionEvidence
from pytest_readiness.judges.edge.admissions import findings


@check(
    id="LIM003",
    title="Callers at once, in whatever process, share one limit",
    severity=Severity.BLOCKER,
    needs=Strength.SIMULATED,
    rationale=(
        "Reading a count and adding to it are two commands, and between them other callers read the same "
        "count. A limit in the memory of a process is multiplied by the number of processes."
    ),
    remediation=(
        "Decide in one script or transaction in Redis, with members of the log that no other process can "
        "draw."
    ),
    references=("https://redis.io/docs/latest/develop/programmability/eval-intro/",),
)
def callers_at_once_share_one_limit(admissions: AdmissionEvidence) -> Iterator[Finding]:
    """Judge each limiter, property by property."""
    yield from findings(
        admissions,
        "lockstep_race",
        "threads_race",
        "instances_share",
    )
