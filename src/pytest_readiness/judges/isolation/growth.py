"""What grew in a row, and by how much: whoever is paid, told or counted gets more."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_readiness.judges.isolation.labels import Row

BOOKKEEPING = re.compile(
    r"(^|_)(updated|modified|changed|touched|synced|refreshed|calculated|computed|seen|activity|last)(_|$)",
    re.IGNORECASE,
)
"""Names of times that triggers keep; an expiry or a publication is content."""

NEWS = re.compile(r"unread|unseen|new|notif|alert|mention|badge|inbox", re.IGNORECASE)
"""How numbers are called that say of how much somebody was told."""

_TIME = re.compile(r"\d{4}-\d\d-\d\d")

PLACES = 4
"""Decimal places to which numbers are compared."""


def is_gift(before: Row, after: Row) -> bool:
    """Whether all that changed is what grew, or a time: somebody was paid, told, counted."""
    changed = {k for k, v in before.items() if after.get(k) != v}
    more = {k for k in changed if grew(before[k], after.get(k))}
    times = {k for k in changed if isinstance(after.get(k), str) and BOOKKEEPING.search(k)}
    return bool(changed) and changed <= more | times


def counted(before: Row, after: Row) -> str:
    """Return the first column that changed, but for times that are kept and for how much is new to her."""
    changed = (name for name, value in before.items() if after.get(name) != value)
    return next((name for name in changed if not (BOOKKEEPING.search(name) or NEWS.search(name))), "")


def products(row: Row) -> set[float]:
    """Return the numbers of a row and the products of any two; one, by which counts grow, is none of them."""
    numbers = [value for value in row.values() if is_number(value)]
    pairs = (one * other for one, other in itertools.combinations(numbers, 2))
    return {round(value, PLACES) for value in (*numbers, *pairs)} - {0, 1}


def grew(before: Any, after: Any) -> bool:  # noqa: ANN401  values of JSON
    """Whether a value is a larger number, or has all that was in it, of which each is the same or grew.

    A text that was not in it is said about whoever it belongs to: that is no count.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        kept = ((one, after[key]) for key, one in before.items() if key in after)
        said = any(isinstance(after[key], str) for key in after.keys() - before.keys())
        there = before.keys() <= after.keys() and not said
        return there and all(one == now or grew(one, now) for one, now in kept)
    if isinstance(before, list) and isinstance(after, list):
        return all(value in after for value in before)
    return is_number(before) and is_number(after) and bool(after > before)


def offered(before: Any, after: Any) -> bool:  # noqa: ANN401  values of JSON
    """Whether a value is the first number, a larger one, or a later time."""
    first = before is None and is_number(after)
    later = isinstance(before, str) and isinstance(after, str) and bool(_TIME.match(after)) and after > before
    return first or later or grew(before, after)


def is_number(value: Any) -> bool:  # noqa: ANN401  a value of JSON
    """Whether a value is a number: neither true nor false is one."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def growth(before: Row, after: Row) -> dict[str, float]:
    """Return by how much each number of a row changed, of those that did; in documents by their paths."""
    numbers, later = numbers_in(before), numbers_in(after)
    by = {path: later[path] - value for path, value in numbers.items() if path in later}
    return {path: round(more, PLACES) for path, more in by.items() if more}


def numbers_in(row: Row, above: str = "") -> dict[str, float]:
    """Return the numbers of a row and of its documents, by where they stand."""
    found: dict[str, float] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            found |= numbers_in(value, f"{above}{name}.")
        elif is_number(value):
            found[f"{above}{name}"] = value
    return found
