"""Whether a ledger is whole: transfers sum to zero, balances are sums, numbers have no gap."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from pytest_readiness.vocabulary import Finding, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_readiness.evidence.wallet import Entry, LedgerEvidence

_LINES = """ledger = "public.entries"
entries = "select transfer_id, wallet_id, currency, amount, seq, balance_after from entries\""""

_NUMBERED, _STATES = " are numbered ", " states a balance of "
_SHARED = "entries share a number"
REPORTED = "reconciliation reports: "
_NAMES = {
    REPORTED: "a mismatch that reconciliation reports",
    _NUMBERED: "numbers of entries in disorder",
    _SHARED: "numbers of entries in disorder",
    _STATES: "balances that entries state in disorder",
}
_TORN = "torn ledger"


def silent(ledger: LedgerEvidence) -> Finding | None:
    """Say why nothing can be told from a ledger; None where something can."""
    if not ledger.table:
        said = f"settings do not name it; add to [wallet], with your own names:\n{_LINES}"
        return unknown("ledger", said, reason="not declared")
    if ledger.error or not ledger.entries:
        return unknown(ledger.table, ledger.error or "it has no entry of the wallets that were tried")
    return None


def unbalanced(entries: Iterable[Entry], *, double_entry: bool = True) -> Iterator[str]:
    """Yield each transfer whose entries do not sum to zero in a currency.

    Args:
        entries: Of the transfers.
        double_entry: Whether that holds for deposits too, whose other side is the platform's.
    """
    sides: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for entry in entries:
        sides[entry.transfer, entry.currency or ""].append(entry.amount)
    for (transfer, currency), amounts in sides.items():
        deposited = len(amounts) == 1 and amounts[0] > 0 and not double_entry
        if (total := sum(amounts)) and not deposited:
            lines = ", ".join(f"{amount:+f}" for amount in sorted(amounts))
            yield f"the entries of transfer {transfer} sum to {f'{total:f} {currency}'.strip()}: {lines}"


def mislabelled(entries: Iterable[Entry], currencies: Mapping[str, str]) -> Iterator[str]:
    """Yield each wallet whose entries are not of its currency.

    A ledger may have other names for currencies: one each, and no two the same.

    Args:
        entries: Of the transfers.
        currencies: What each wallet was opened with.
    """
    names: dict[str, str] = {}
    for entry in entries:
        opened = currencies.get(entry.wallet or "")
        if opened is None or entry.currency is None:
            continue
        known = names.setdefault(opened, entry.currency)
        shared = [other for other, name in names.items() if name == known and other != opened]
        if entry.currency != known:
            others = f"and others of {opened} in {known}"
            yield f"an entry of wallet {entry.wallet} is in {entry.currency}, {others}"
        elif shared:
            both = f"so are those of wallets in {shared[0]}"
            yield f"the entries of wallet {entry.wallet} of {opened} are in {known}, and {both}"


def differing(entries: Iterable[Entry], balances: Mapping[str, Decimal | None]) -> Iterator[str]:
    """Yield each wallet whose balance is not the sum of its entries."""
    sums = dict.fromkeys(balances, Decimal(0))
    for entry in entries:
        if entry.wallet in sums:
            sums[entry.wallet] += entry.amount
    for wallet, balance in balances.items():
        if balance is not None and balance != sums[wallet]:
            yield f"the balance of wallet {wallet} is {balance}, and its entries sum to {sums[wallet]:f}"


def disorder(faults: Iterable[str]) -> str:
    """Name what is wrong with a ledger: by its numbers or its balances where nothing else is."""
    named = {next((name for sign, name in _NAMES.items() if sign in fault), _TORN) for fault in faults}
    return _TORN if _TORN in named else " and ".join(sorted(named))


def numbered_as_one(entries: Iterable[Entry]) -> bool:
    """Tell whether numbers count through the whole ledger: entries of several wallets share none."""
    numbered = [entry for entry in entries if entry.number is not None]
    several = len({entry.wallet for entry in numbered}) > 1
    return several and len({entry.number for entry in numbered}) == len(numbered)


def misnumbered(entries: Iterable[Entry], wallets: Iterable[str], *, as_one: bool = False) -> Iterator[str]:
    """Yield each wallet whose entries are not numbered one after the other, each once.

    Args:
        entries: Of these wallets and others.
        wallets: Whose numbers are looked at.
        as_one: Whether the ledger numbers its entries as one, so that each number is there once in all.
    """
    found = list(entries)
    if as_one:
        known = [entry.number for entry in found if entry.number is not None]
        if len({*known}) < len(known):
            yield f"{_SHARED}, which the ledger gives to one each"
        return
    numbers: dict[str, list[int]] = {wallet: [] for wallet in wallets}
    for entry in found:
        if entry.wallet in numbers and entry.number is not None:
            numbers[entry.wallet].append(entry.number)
    for wallet, mine in numbers.items():
        first = min(mine, default=1)
        if sorted(mine) != list(range(first, first + len(mine))):
            shown = ", ".join(str(number) for number in sorted(mine))
            yield f"the entries of wallet {wallet}{_NUMBERED}{shown}"


def unchained(entries: Iterable[Entry], wallets: Iterable[str]) -> Iterator[str]:
    """Yield each wallet whose entries do not carry the running sum."""
    chains: dict[str, list[tuple[int, Decimal, Decimal]]] = {wallet: [] for wallet in wallets}
    for entry in entries:
        if entry.wallet in chains and entry.number is not None and entry.balance_after is not None:
            chains[entry.wallet].append((entry.number, entry.amount, entry.balance_after))
    for wallet, chain in chains.items():
        running = Decimal(0)
        for number, amount, stated in sorted(chain):
            running += amount
            if stated != running:
                yield (
                    f"entry {number} of wallet {wallet}{_STATES}{stated}, and the sum so far is {running:f}"
                )
                break
