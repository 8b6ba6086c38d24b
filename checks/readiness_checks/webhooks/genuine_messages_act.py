"""WHK001: genuine messages act."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.webhooks import WebhookEvidence
from pytest_readiness.judges.edge.webhooks import effects


@check(
    id="WHK001",
    title="Genuine messages act",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "A receiver that reads only the first signature, forgets the old secret during its overlap or "
        "signs JSON that it has written itself refuses its sender, for as long as a rotation lasts."
    ),
    remediation=(
        "Verify the bytes of the body as they came, against every signature and every secret that is valid."
    ),
    references=(
        "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    ),
)
def genuine_messages_act(webhooks: WebhookEvidence) -> Iterator[Finding]:
    """Judge each webhook."""
    yield from effects(webhooks, "genuine")
