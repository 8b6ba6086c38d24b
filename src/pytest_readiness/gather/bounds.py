"""How much is tried where much could be: a bound over all, so that time grows as the target does."""

from __future__ import annotations

LEAST = 24
"""What each part is tried with, however many there are."""


def each(most: int, in_all: int, parts: int) -> int:
    """Return how many attempts each of several parts gets: as many as it may, and together no more than all.

    Args:
        most: Of one part.
        in_all: Of all parts, as far as each gets the least.
        parts: Their number.
    """
    return min(most, max(in_all // max(parts, 1), LEAST))
