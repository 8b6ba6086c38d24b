"""WAL003: no money enters or leaves a frozen wallet."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.wallet import Rule, WalletEvidence
from pytest_readiness.judges.wallet.trials import judged


@check(
    id="WAL003",
    title="No money enters or leaves a frozen wallet",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A freeze is how fraud is stopped; one operation that does not ask about it is enough to empty the "
        "wallet."
    ),
    remediation=(
        "Ask about the freeze in every operation, of every wallet that it touches, after its row was locked."
    ),
    references=("https://www.postgresql.org/docs/current/explicit-locking.html",),
)
def frozen_wallets_stand_still(wallet: WalletEvidence) -> Iterator[Finding]:
    """Judge what each operation did with the balances."""
    yield from judged(Rule.FROZEN, wallet.trials, wallet.unassessed)
