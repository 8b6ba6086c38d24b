"""LIM001: a limiter admits exactly its limit."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.admissions import AdmissionEvidence
from pytest_readiness.judges.edge.admissions import findings


@check(
    id="LIM001",
    title="A limiter admits exactly its limit",
    severity=Severity.BLOCKER,
    needs=Strength.SIMULATED,
    rationale=(
        "One request more is a hole in the limit, one less breaks a promise to a paying caller; both "
        "happen at the edge: at once, with costs that do not divide the limit, after the limit was "
        "lowered."
    ),
    remediation=(
        "Decide and count in one step, compare with what would be used after this request, and count "
        "nothing for a refused one."
    ),
    references=("https://www.rfc-editor.org/rfc/rfc6585#section-4",),
)
def admits_exactly_its_limit(admissions: AdmissionEvidence) -> Iterator[Finding]:
    """Judge each limiter, property by property."""
    yield from findings(
        admissions,
        "first_n_admitted",
        "next_refused",
        "same_instant",
        "cost_exact",
        "limit_lowered",
    )
