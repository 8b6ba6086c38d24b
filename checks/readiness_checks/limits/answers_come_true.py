"""LIM007: what a decision says of the future comes true."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.admissions import AdmissionEvidence
from pytest_readiness.judges.edge.admissions import findings


@check(
    id="LIM007",
    title="What a decision says of the future comes true",
    severity=Severity.MEDIUM,
    needs=Strength.SIMULATED,
    rationale=(
        "Clients wait for as long as they are told. A time that is too short makes them come in vain, one "
        "that is too long costs them; a count that is off makes them stop early or too late."
    ),
    remediation=(
        "Compute the times from the state after the decision, in seconds, rounded up; count the request "
        "itself."
    ),
    references=("https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3",),
)
def answers_come_true(admissions: AdmissionEvidence) -> Iterator[Finding]:
    """Judge each limiter, property by property."""
    yield from findings(
        admissions,
        "retry_after_truthful",
        "reset_truthful",
        "remaining_exact",
    )
