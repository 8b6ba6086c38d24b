"""WHK004: what is no message is refused before it is read, and breaks nothing."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.webhooks import WebhookEvidence
from pytest_readiness.judges.webhooks import answers


@check(
    id="WHK004",
    title="What is no message is refused before it is read, and breaks nothing",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "An exception in the verification is answered 500, which the sender repeats for days and an attacker "
        "fills the log with; a parser in front of the verification is open to all."
    ),
    remediation="Verify first, catch what decoding and parsing raise, answer 4xx, and bound the size.",
    references=("https://www.rfc-editor.org/rfc/rfc9110#section-15.5",),
)
def bad_messages_break_nothing(webhooks: WebhookEvidence) -> Iterator[Finding]:
    """Judge each webhook."""
    yield from answers(webhooks, "unsigned", "altered", "stale", "malformed", "huge", "order")
