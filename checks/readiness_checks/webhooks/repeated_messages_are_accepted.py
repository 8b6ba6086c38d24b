"""WHK006: what comes again is accepted."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.webhooks import WebhookEvidence
from pytest_readiness.judges.edge.setbacks import accepted


@check(
    id="WHK006",
    title="A message that has acted is accepted when it comes again",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "To a sender, all but 2xx is a failure: a duplicate that is answered with a conflict comes again for "
        "days, and whoever fails for long enough is sent nothing any more."
    ),
    remediation="Answer a message that has acted before as it was answered then.",
    references=(
        "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
        "https://docs.stripe.com/webhooks#handle-duplicate-events",
    ),
)
def repeated_messages_are_accepted(webhooks: WebhookEvidence) -> Iterator[Finding]:
    """Judge each webhook."""
    yield from accepted(webhooks)
