"""WHK002: nothing without a valid signature of the sender acts."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.webhooks import WebhookEvidence
from pytest_readiness.judges.edge.webhooks import effects


@check(
    id="WHK002",
    title="Nothing without a valid signature of the sender acts",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "The address of a webhook is no secret. Whoever finds it credits himself, if the signature is not "
        "verified over all that is acted on."
    ),
    remediation=(
        "Compute the signature over id, time and the bytes of the body, compare it in constant time, and "
        "leave before anything else is done."
    ),
    references=(
        "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    ),
)
def only_the_sender_is_believed(webhooks: WebhookEvidence) -> Iterator[Finding]:
    """Judge each webhook."""
    yield from effects(webhooks, "unsigned", "altered")
