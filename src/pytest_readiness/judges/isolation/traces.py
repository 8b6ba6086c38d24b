"""Whose row a result shows where it shows no text of it: a number of the row beside a key that says whose."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.people import PEOPLE, TENANTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LEAST = 10_000
"""Smaller numbers are counts, grades and years, which many rows have."""

_NUMBER = re.compile(r"(?<![\w.-])\d{5,}(?:\.\d+)?(?![\w-])")
_TELLING = 5
"""Characters that a key must have, at least, to be told by."""

_KEYS = {float(one.number) for one in (*PEOPLE, *TENANTS)}


@dataclass(frozen=True, slots=True)
class Made:
    """A row of somebody's.

    Attributes:
        relation: In which it is.
        stored: Its values.
        keys: Values by which a result says that it is about this row, or about whose it is.
    """

    relation: str
    stored: Mapping[str, Any]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Traces:
    """Numbers that one row alone has."""

    by_number: Mapping[float, Made] = field(default_factory=dict)

    def within(self, text: str) -> Iterator[tuple[str, Made]]:
        """Yield numbers that a result shows, and the row that each is of; its key stands beside it."""
        for number in dict.fromkeys(_NUMBER.findall(text)):
            made = self.by_number.get(float(number))
            if made and any(key in text for key in made.keys):
                yield number, made


def numbers_in(text: str) -> tuple[float, ...]:
    """Return the numbers that a result shows and that a row may be told by."""
    return tuple(dict.fromkeys(float(number) for number in _NUMBER.findall(text)))


def traces(rows: Iterable[Made]) -> Traces:
    """Return the numbers by which one of these rows is told from all others."""
    having: dict[float, list[Made]] = defaultdict(list)
    for made in rows:
        for number in {float(value) for value in made.stored.values() if _tells(value)} - _KEYS:
            having[number].append(made)
    return Traces({number: found[0] for number, found in having.items() if len(found) == 1})


def keys_of(values: Iterable[object]) -> frozenset[str]:
    """Return those of a row's keys that are long enough to be told by."""
    return frozenset(str(value) for value in values if value is not None and len(str(value)) > _TELLING)


def _tells(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _LEAST
