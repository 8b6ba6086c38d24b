"""What requests leave to be done when they are answered: audits, mail, what tells others."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.wire.passing import ASKED_S, says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_readiness.gather.wallet.wire.passing import Ask, Passing, Transaction

_LINGERS_S = 0.05
"""Within which what a request leaves has begun, or within what it took itself."""

_WITHHELD_S, _TIMES_ASKED = 0.25, 4
"""Without what it needs, a request is not answered within this time, or so many times what it took."""


@dataclass(frozen=True, slots=True)
class Left:
    """Transactions that requests are answered without.

    Attributes:
        transactions: One of each kind.
        beside: Those that touch nothing that any request does before it is answered. The others may be what
            a request should have done, so that they are held as its own are.
        needed: Transactions that a request is not answered without.
    """

    transactions: tuple[Transaction, ...]
    beside: tuple[Transaction, ...]
    needed: tuple[Transaction, ...]


def what_is_left(passing: Passing, kinds: Sequence[Ask], apart: Callable[[Transaction], bool]) -> Left:
    """Make requests of each kind, and withhold what comes last until they are answered without it.

    Args:
        passing: What their statements pass through.
        kinds: Each makes requests of one kind.
        apart: Tells what is of no request.
    """
    left: dict[str, Transaction] = {}
    touched: list[Transaction] = []
    for ask in kinds:
        mine, took_s = _watched(passing, ask, apart)
        patience_s = max(_WITHHELD_S, _TIMES_ASKED * took_s)
        # What the kind before has left may come late, and first.
        late = [one for one in mine if one.first in left]
        after = {one.first: one for one in _after(passing, ask, mine[1:], patience_s)}
        after |= {one.first: one for one in _after(passing, ask, late, patience_s)}
        touched += [one for one in mine if one.first not in after]
        left |= after
    # What one kind leaves may be what another is answered with.
    left = {first: one for first, one in left.items() if first not in {other.first for other in touched}}
    relations = frozenset[str]().union(*(one.relations for one in touched))
    beside = [one for one in left.values() if one.relations and not one.relations & relations]
    return Left(tuple(left.values()), tuple(beside), tuple(touched))


def _watched(
    passing: Passing, ask: Ask, apart: Callable[[Transaction], bool]
) -> tuple[list[Transaction], float]:
    """Return the transactions of requests, and the seconds until they were answered."""
    began, answered = time.monotonic(), list(ask())
    came = passing.until(began + ASKED_S, lambda: all(one() for one in answered))
    took_s = time.monotonic() - began
    came += passing.until(time.monotonic() + max(_LINGERS_S, took_s))
    return [one for one in came if not apart(one)], took_s


def _after(
    passing: Passing, ask: Ask, transactions: Sequence[Transaction], patience_s: float
) -> Iterator[Transaction]:
    """Yield the last ones, as far as requests are answered without them."""
    for one in reversed(transactions):
        if not passing.answered_without(partial(says, one.first), ask, patience_s):
            return
        yield one
