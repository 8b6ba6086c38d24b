"""LIM013: refusals are 429, say when to come back, and nothing else."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.endpoints import EndpointEvidence
from pytest_readiness.judges.edge.endpoints import answers, findings


@check(
    id="LIM013",
    title="Refusals are 429, say when to come back, and nothing else",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "Clients come back when Retry-After says so: a fraction, milliseconds or a guess makes them come "
        "at once, or never. A refusal that is stored is served to others."
    ),
    remediation=(
        "Answer 429 with Retry-After in whole seconds, rounded up, with fields that are valid and agree "
        "with it, and with no-store."
    ),
    references=("https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3",),
)
def refusals_are_true(endpoints: EndpointEvidence) -> Iterator[Finding]:
    """Judge each endpoint."""
    yield from findings(endpoints, answers)
