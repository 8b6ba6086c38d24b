"""WAL002: what one wallet loses another gains, and nobody else."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.wallet import Rule, WalletEvidence
from pytest_readiness.judges.wallet.trials import judged


@check(
    id="WAL002",
    title="What one wallet loses another gains, and nobody else",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A transfer to itself, to another currency or to nowhere, and a conversion that rounds up, make "
        "money out of nothing."
    ),
    remediation=(
        "Debit and credit in one transaction, from rows that were locked, with the same amount; refuse what "
        "has no two live wallets of one currency; round conversions in favour of the house."
    ),
    references=("https://www.postgresql.org/docs/current/explicit-locking.html",),
)
def money_moves_whole(wallet: WalletEvidence) -> Iterator[Finding]:
    """Judge what each operation did with the balances."""
    yield from judged(Rule.MOVEMENT, wallet.trials, wallet.unassessed)
