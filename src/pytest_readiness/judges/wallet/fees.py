"""What transfers cost beside what they move, as the ledger tells: somebody else gains it with them."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import compress, pairwise, product
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Charge, Legal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from pytest_readiness.evidence.wallet import Entry

_LEAST_SEEN = 2
"""Transfers, each with a fee, without which none is taken for granted."""

Sides = tuple[str, str, Decimal, Decimal, Decimal]
"""Who paid, who was paid, how much each of them moved, and what others gained."""


def learned(entries: Iterable[Entry], wallets: Collection[str], amounts: Sequence[Decimal]) -> Charge | None:
    """Learn who pays for a transfer; None unless each of those that were made has a fee of one tariff.

    Args:
        entries: Of these wallets.
        wallets: Between whom money was transferred.
        amounts: That were asked for, and moved.
    """
    moved = list(_transfers(entries, wallets))
    if len(amounts) < _LEAST_SEEN or len(moved) != len(amounts) or not all(fee for *_, fee in moved):
        return None
    asked = sorted(amounts)
    if sorted(gain for *_, gain, _ in moved) == asked:
        payer = 0
    elif sorted(loss for _, _, loss, _, _ in moved) == asked:
        payer = 1
    else:
        return None
    seen = sorted((_asked(one, payer), one[4]) for one in moved)
    if any(more < less for (_, less), (_, more) in pairwise(seen)):
        return None  # no tariff asks more for less
    return Charge(payer, tuple(seen))


def paid(entries: Iterable[Entry], wallets: Collection[str], charge: Charge) -> dict[str, Decimal]:
    """Return what each of these wallets paid in fees; one beyond what was learned is no fee."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for one in _transfers(entries, wallets):
        if one[4] <= may_cost(charge, _asked(one, charge.payer)):
            found[one[1] if charge.payer else one[0]] += one[4]
    return dict(found)


def may_cost(charge: Charge, amount: Decimal) -> Decimal:
    """Return what a transfer of an amount may cost at most.

    Within what was seen, as much as the next larger amount; beyond, the same part as of the largest, whose
    fee may have been rounded down.
    """
    known = next((fee for asked, fee in charge.seen if amount <= asked), None)
    if known is not None:
        return known
    largest, fee = charge.seen[-1]
    places = min(int(one.as_tuple().exponent) for _, one in charge.seen)
    return (fee + Decimal(1).scaleb(places)) / largest * amount


def _asked(sides: Sides, payer: int) -> Decimal:
    """Return what was asked for: who does not pay moves just that."""
    return sides[2] if payer else sides[3]


def curtailed(moves: Sequence[Mapping[str, Decimal]], way: Legal) -> Iterator[Legal]:
    """Yield how calls may end of which some were done in full, and others refused.

    Args:
        moves: What wallets gain from each that is done.
        way: How they end where all can be paid: no more is spent otherwise, as by one that is done twice.
    """
    most = _spent(low for _, low, _ in way.gains)
    for done in product((False, True), repeat=len(moves)):
        gains: dict[str, Decimal] = defaultdict(Decimal)
        for move in compress(moves, done):
            for wallet, gain in move.items():
                gains[wallet] += gain
        if _spent(gains.values()) <= most:
            yield Legal(any(done[-1:]), tuple((wallet, gain, gain) for wallet, gain in gains.items()))


def _spent(gains: Iterable[Decimal]) -> Decimal:
    return -sum((gain for gain in gains if gain < 0), Decimal(0))


def _transfers(entries: Iterable[Entry], wallets: Collection[str]) -> Iterator[Sides]:
    """Yield the transfers between two of these wallets, of which nothing is lost."""
    sides: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        sides[entry.transfer].append(entry)
    for several in sides.values():
        mine: dict[str, Decimal] = defaultdict(Decimal)
        for entry in several:
            if entry.wallet is not None and entry.wallet in wallets:
                mine[entry.wallet] += entry.amount
        others = [entry.amount for entry in several if entry.wallet not in mine]
        losers = [wallet for wallet, amount in mine.items() if amount < 0]
        gainers = [wallet for wallet, amount in mine.items() if amount > 0]
        whole = sum(mine.values()) + sum(others) == 0 and len({e.currency for e in several}) == 1
        if len(losers) == len(gainers) == 1 and whole and all(amount > 0 for amount in others):
            loser, gainer = losers[0], gainers[0]
            yield loser, gainer, -mine[loser], mine[gainer], sum(others, Decimal(0))
