"""WAL004: nobody spends more than there is, or than a limit allows."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.wallet import Rule, WalletEvidence
from pytest_readiness.judges.wallet.trials import judged


@check(
    id="WAL004",
    title="Nobody spends more than there is, or than a limit allows",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale="An overdraft or an outrun limit is a loss that nobody pays back.",
    remediation=(
        "Compare with what is there and with all that was spent in the window of the limit, and back it "
        "with a CHECK constraint on the balance."
    ),
    references=("https://www.postgresql.org/docs/current/ddl-constraints.html",),
)
def nobody_spends_more(wallet: WalletEvidence) -> Iterator[Finding]:
    """Judge what each operation did with the balances."""
    yield from judged(Rule.FUNDS, wallet.trials, wallet.unassessed)
