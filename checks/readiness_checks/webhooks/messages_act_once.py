"""WHK003: a message acts once, and only while it is fresh."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.webhooks import WebhookEvidence
from pytest_readiness.judges.edge.webhooks import effects


@check(
    id="WHK003",
    title="A message acts once, and only while it is fresh",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "Senders repeat what was not answered in time, and attackers repeat what they have seen. A look "
        "whether the id is known, and then an insert, lets both of two messages at once through."
    ),
    remediation=(
        "Refuse a time that is no number or outside of the tolerance, and insert the id under a unique "
        "constraint in the transaction that acts."
    ),
    references=("https://docs.stripe.com/webhooks#replay-prevention",),
)
def messages_act_once(webhooks: WebhookEvidence) -> Iterator[Finding]:
    """Judge each webhook."""
    yield from effects(webhooks, "replayed", "again", "stale")
