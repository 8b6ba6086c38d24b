"""What requests leave to be done when they are answered: audits, mail, what tells others."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.wire.passing import ASKED_S, says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from typing import Any

    from pytest_readiness.gather.wallet.wire.passing import Ask, Passing, Transaction

_LINGERS_S = 0.05
"""Within which what a request leaves has begun, or within what it took itself."""

_WITHHELD_S, _TIMES_ASKED = 0.25, 4
"""Without what it needs, a request is not answered within this time, or so many times what it took."""

_TRIES = 2
"""A machine that is busy answers late."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What is known of the relations of a wallet.

    Attributes:
        simple: Names of tables on which no trigger of the project fires.
        read: Names of those that tell of its money: what they are read by stands in settings.
    """

    simple: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()


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


def what_is_left(
    passing: Passing, kinds: Sequence[Ask], apart: Callable[[Transaction], bool], tables: Tables
) -> Left:
    """Make requests of each kind, and withhold what comes last until they are answered without it.

    Args:
        passing: What their statements pass through.
        kinds: Each makes requests of one kind, which are done.
        apart: Tells what is of no request.
        tables: What is known of the relations of the wallet.
    """
    left: dict[str, Transaction] = {}
    touched: list[Transaction] = []
    for ask in kinds:
        mine, patience_s = _watched(passing, ask, apart)
        # What the kind before has left may come late, and first.
        late = [one for one in mine if one.first in left]
        after = {one.first: one for one in _after(passing, ask, mine[1:], patience_s)}
        after |= {one.first: one for one in _after(passing, ask, late, patience_s)}
        own = [one for one in mine if one.first not in after]
        news = [one for one in mine if one.first not in left]
        if any(one.writes for one in news) and not any(one.writes for one in own):
            # What does all the work is nothing that is left.
            own, after = mine, {}
        touched += own
        left |= after
    # What one kind leaves may be what another is answered with.
    left = {first: one for first, one in left.items() if first not in {other.first for other in touched}}
    return Left(tuple(left.values()), _beside([*left.values()], touched, tables), tuple(touched))


def _beside(
    left: Sequence[Transaction], touched: Sequence[Transaction], tables: Tables
) -> tuple[Transaction, ...]:
    """Return what touches simple tables of its own; what is left and does not is as good as a request's."""
    names = tables.read.union(*(one.relations for one in touched))
    beside = [one for one in left if one.plain and one.relations and one.relations <= tables.simple - names]
    if len(beside) == len(left):
        return tuple(beside)
    return _beside(beside, [*touched, *(one for one in left if one not in beside)], tables)


def _watched(
    passing: Passing, ask: Ask, apart: Callable[[Transaction], bool]
) -> tuple[list[Transaction], float]:
    """Return the transactions of requests, and within how many seconds they would be answered again.

    Of those that are refused it is not told what they need.
    """
    began, asked = time.monotonic(), list(ask())
    came = passing.until(began + ASKED_S, lambda: all(one.done() for one in asked))
    took_s = time.monotonic() - began
    came += passing.until(time.monotonic() + max(_LINGERS_S, took_s))
    mine = [one for one in came if not apart(one)]
    return mine, max(_WITHHELD_S, _TIMES_ASKED * took_s)


def _after(
    passing: Passing, ask: Ask, transactions: Sequence[Transaction], patience_s: float
) -> Iterator[Transaction]:
    """Yield the last ones, as far as requests are done without them."""
    for one in reversed(transactions):
        withholds = partial(says, one.first)
        if not any(_done(passing.answered_without(withholds, ask, patience_s)) for _ in range(_TRIES)):
            return
        yield one


def _done(answered: Sequence[Future[Any]]) -> bool:
    """Tell whether requests were answered, and none was refused: a refusal needs less than what is done."""
    return bool(answered) and all(one.exception() is None for one in answered)
