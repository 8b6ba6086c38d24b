"""WHK004: what is no message is refused before it is read, and breaks nothing."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.webhooks import WebhookEvidence
from pytest_readiness.judges.edge.webhooks import answers


@check(
    id="WHK004",
    title="What is no message is refused before it is read, and breaks nothing",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "An exception in the verification is answered 500, which the sender repeats for days and an attacker "
        "fills the log with; a parser in front of the verification is open to all. What reads a body to its "
        "end before it looks at it holds as much memory as a stranger likes to send."
    ),
    remediation=(
        "Verify first, catch what decoding and parsing raise, answer 4xx, and count what is read: chunks "
        "have no length beforehand. Tell the bound in `largest`."
    ),
    references=(
        "https://www.rfc-editor.org/rfc/rfc9110#section-15.5",
        "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
    ),
)
def bad_messages_break_nothing(webhooks: WebhookEvidence) -> Iterator[Finding]:
    """Judge each webhook."""
    yield from answers(webhooks, "unsigned", "altered", "stale", "malformed", "huge", "endless", "order")
