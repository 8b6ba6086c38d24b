"""LIM002: no window admits more than the declared guarantee."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.admissions import AdmissionEvidence
from pytest_readiness.judges.edge.admissions import findings


@check(
    id="LIM002",
    title="No window admits more than the declared guarantee",
    severity=Severity.BLOCKER,
    needs=Strength.SIMULATED,
    rationale=(
        "A fixed window admits twice its limit around its boundary, in seconds. Whoever attacks it knows "
        "when that is."
    ),
    remediation=(
        "Use the algorithm that is declared, or declare the one that is used; keep windows in "
        "microseconds, and cap what an idle caller saves up."
    ),
    references=("https://www.rfc-editor.org/rfc/rfc6585#section-4",),
)
def windows_keep_their_guarantee(admissions: AdmissionEvidence) -> Iterator[Finding]:
    """Judge each limiter, property by property."""
    yield from findings(
        admissions,
        "worst_window",
        "short_burst",
        "fractional_window",
        "idle_credit",
        "tier_kept",
    )
