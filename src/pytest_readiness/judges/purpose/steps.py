"""Steps of a state, each from one word to another, and who may take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

Step = tuple[str, str]

_SEVERAL = 2


def unsided(one: Collection[Step], other: Collection[Step], states: int) -> list[Step]:
    """Return the steps that both sides may take, where the same ones are refused to both.

    Where every step is open nothing was meant by their order, and one step alone may be for whoever comes
    first.

    Args:
        one: That one side may take.
        other: That the other may.
        states: How many states there are.
    """
    every = states * (states - 1)
    alike = {*one} == {*other} and _SEVERAL <= len(one) < every
    return sorted(one) if alike else []
