"""HEA004: health answers are not stored, and tell no secrets."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.health import HealthEvidence
from pytest_readiness.judges.edge.health import discretion, findings


@check(
    id="HEA004",
    title="Health answers are not stored, and tell no secrets",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "Health endpoints need no login. What an exception says of a connection is its address and its "
        "password, and an answer out of a cache is of another time."
    ),
    remediation="Answer with names of errors and no texts, and with Cache-Control: no-store.",
    references=("https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.5",),
)
def answers_tell_no_secrets(health: HealthEvidence) -> Iterator[Finding]:
    """Judge each service."""
    yield from findings(health, discretion)
