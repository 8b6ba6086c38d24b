"""WAL005: an idempotency key has one effect, and what it answers is true."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.wallet import Rule, WalletEvidence
from pytest_readiness.judges.wallet.trials import judged


@check(
    id="WAL005",
    title="An idempotency key has one effect, and what it answers is true",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "Clients repeat what they got no answer to. A repeated payment is charged twice, and an answer of "
        "success to something that was never done loses a payment."
    ),
    remediation=(
        "Insert the key with what was asked for, under a unique constraint and in the same transaction as "
        "the money; answer a repetition with the first result, and refuse another body."
    ),
    references=("https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/",),
)
def a_key_counts_once(wallet: WalletEvidence) -> Iterator[Finding]:
    """Judge what each operation did with the balances."""
    yield from judged(Rule.KEY, wallet.trials, wallet.unassessed)
