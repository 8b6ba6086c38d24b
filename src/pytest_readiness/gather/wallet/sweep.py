"""Moves amounts of every magnitude: shares of an amount are rounded, and not every amount shows it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Legal, Rule

if TYPE_CHECKING:
    from pytest_readiness.gather.wallet.trials import Case, Trials

_SIZES = (10, 100, 1_000, 10_000, 100_000)
"""A charge or a discount may begin anywhere."""

_BEYOND = (*map(Decimal, range(8)), Decimal("0.33"), Decimal("0.50"))
"""What makes shares of 1 % and its usual parts end on half a cent, and what no share divides."""


def sweep(trials: Trials) -> None:
    """Transfer amounts one after the other, of which a wallet may keep a part for itself.

    Whatever it charges, and whatever it refuses: nobody goes below zero, who pays is debited no less than
    the amount, and who is paid is credited no more.
    """
    legal: list[Legal] = []
    what = f"transfers of {len(_SIZES) * len(_BEYOND)} amounts from {_SIZES[0]} on, and of all that is left"
    with trials.trial(Rule.MOVEMENT, "transfer", what, legal) as case:
        case.open("a")
        case.open("b")
        funds = moved = Decimal(0)
        for size in _SIZES:
            enough = Decimal(size * (len(_BEYOND) + 1))
            funds += enough * case.call("deposit", wallet="a", amount=f"{enough}").accepted
            moved += sum(_moved(case, size + beyond) for beyond in _BEYOND)
        left = trials.teller.balance(case.ids["a"])
        moved += _moved(case, left) if left is not None and left.is_finite() and left > 0 else 0
        legal.append(Legal(accepted=None, gains=(("a", Decimal(0), funds - moved), ("b", Decimal(0), moved))))


def _moved(case: Case, amount: Decimal) -> Decimal:
    """Return what a transfer moved, if it was not refused."""
    return amount * case.call("transfer", source="a", destination="b", amount=f"{amount:f}").accepted
