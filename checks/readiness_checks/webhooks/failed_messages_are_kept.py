"""WHK005: a message whose booking fails is not lost."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.webhooks import WebhookEvidence
from pytest_readiness.judges.edge.setbacks import kept


@check(
    id="WHK005",
    title="A message whose booking fails is not lost",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "A sender sends again what was not answered with success, and nothing else. An id that is noted in "
        "a transaction of its own turns that into a duplicate of what never happened; an error that is "
        "answered 200, or an answer that comes before the booking, ends it."
    ),
    remediation=(
        "Note the id and book in one transaction, and answer 2xx after its COMMIT; or commit the message "
        "itself, answer, and book from there until it succeeds."
    ),
    references=(
        "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
        "https://docs.stripe.com/webhooks#retries",
    ),
)
def failed_messages_are_kept(webhooks: WebhookEvidence) -> Iterator[Finding]:
    """Judge each webhook."""
    yield from kept(webhooks)
