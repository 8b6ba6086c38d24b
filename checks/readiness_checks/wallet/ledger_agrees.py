"""WAL006: the ledger agrees with the balances."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.wallet import LedgerEvidence
from pytest_readiness.judges.wallet.ledger import (
    differing,
    mislabelled,
    misnumbered,
    numbered_as_one,
    silent,
    unbalanced,
    unchained,
)


@check(
    id="WAL006",
    title="The ledger agrees with the balances",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "The ledger is what a dispute is settled with. Entries that do not sum to zero, or not to the "
        "balance, leave nobody able to say whose the money is."
    ),
    remediation=(
        "Write the entries of a transfer in the transaction that changes the balances, from the same locked "
        "rows: one for each side, numbered from the wallet's own count."
    ),
    references=("https://www.postgresql.org/docs/current/explicit-locking.html",),
)
def ledger_agrees(ledger: LedgerEvidence) -> Iterator[Finding]:
    """Compare the entries with one another and with the balances."""
    if silence := silent(ledger):
        yield silence
        return
    balances = dict(ledger.balances)
    unequal = list(unbalanced(ledger.entries, double_entry=ledger.double_entry))
    yield _judged(ledger, "transfers sum to zero", unequal)
    unequal = list(differing(ledger.entries, balances))
    if None in balances.values() and not unequal:
        yield unknown(f"{ledger.table}: balances are sums", "a balance could not be read", reason="control")
    else:
        yield _judged(ledger, "balances are sums", unequal)
    if any(entry.currency is not None for entry in ledger.entries) and ledger.currencies:
        wrong = list(mislabelled(ledger.entries, dict(ledger.currencies)))
        yield _judged(ledger, "currencies are the wallets'", wrong)
    if any(entry.number is not None for entry in ledger.entries):
        # Numbers that rise through the whole ledger put entries in order as well as those of each wallet.
        as_one = ledger.numbered_as_one or numbered_as_one(ledger.entries)
        subject = "numbers are there once" if as_one else "numbers have no gap"
        yield _judged(ledger, subject, list(misnumbered(ledger.entries, balances, as_one=as_one)))
    if any(entry.balance_after is not None for entry in ledger.entries):
        yield _judged(ledger, "balances run on", list(unchained(ledger.entries, balances)))


def _judged(ledger: LedgerEvidence, subject: str, faults: list[str]) -> Finding:
    name = f"{ledger.table}: {subject}"
    if not faults:
        return passed(name, f"seen of {len(ledger.entries)} entries")
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return failed(name, f"{faults[0]}{more}", reproduce=_script(ledger, faults[0]))


def _script(ledger: LedgerEvidence, fault: str) -> str:
    """Return what led to a fault, and what shows it."""
    touched = {entry.wallet for entry in ledger.entries if f" transfer {entry.transfer} " in fault}
    touched |= {wallet for wallet, _ in ledger.balances if f" wallet {wallet} " in fault}
    made = dict.fromkeys(script for wallet, script in ledger.scripts if wallet in touched)
    return "\n".join([*made, ledger.script])
