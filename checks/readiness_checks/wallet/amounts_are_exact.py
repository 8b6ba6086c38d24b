"""WAL001: only positive amounts are accepted, and each is kept exactly."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.wallet import Rule, WalletEvidence
from pytest_readiness.judges.wallet.trials import judged


@check(
    id="WAL001",
    title="Only positive amounts are accepted, and each is kept exactly",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "Zero, negative, infinite and not-a-number amounts turn a transfer round or empty a wallet, and an "
        "amount that is rounded on one side only makes money."
    ),
    remediation=(
        "Refuse what is not finite, not positive or finer than the currency, and keep money in numeric, "
        "never in floating point."
    ),
    references=("https://www.postgresql.org/docs/current/datatype-numeric.html",),
)
def amounts_are_exact(wallet: WalletEvidence) -> Iterator[Finding]:
    """Judge what each operation did with the balances."""
    yield from judged(Rule.AMOUNT, wallet.trials, wallet.unassessed)
