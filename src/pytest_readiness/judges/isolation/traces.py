"""Whose row a result shows where no text tells: a number beside a key that says whose, or what several have.

Tenants call things by the same names: what a room is called says whose it is only beside such a key.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.people import PEOPLE, TENANTS
from pytest_readiness.evidence.population import CANARY

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
    """Numbers that one row alone has, and recognisable texts that several have."""

    by_number: Mapping[float, Made] = field(default_factory=dict)
    by_text: Mapping[str, tuple[Made, ...]] = field(default_factory=dict)

    def within(self, text: str) -> Iterator[tuple[str, Made]]:
        """Yield what a result shows, and the row that each is of; its key stands beside it.

        A part of a key that others have as well, as a number in a tenant, says nothing of whose a text is.
        """
        for mark in dict.fromkeys(CANARY.findall(text)) if self.by_text else ():
            for one in self.by_text.get(mark, ()):
                if any(key in text for key in one.keys if key not in self.by_text):
                    yield mark, one
        for number in dict.fromkeys(_NUMBER.findall(text)):
            made = self.by_number.get(float(number))
            if made and any(key in text for key in made.keys):
                yield number, made


def numbers_in(text: str) -> tuple[float, ...]:
    """Return the numbers that a result shows and that a row may be told by."""
    return tuple(dict.fromkeys(float(number) for number in _NUMBER.findall(text)))


def traces(rows: Iterable[Made]) -> Traces:
    """Return the numbers by which one of these rows is told from all others, and the texts that none is."""
    having: dict[float, list[Made]] = defaultdict(list)
    marked: dict[str, list[Made]] = defaultdict(list)
    for made in rows:
        for number in {float(value) for value in made.stored.values() if _tells(value)} - _KEYS:
            having[number].append(made)
        texts = (value for value in made.stored.values() if isinstance(value, str))
        for mark in {mark for text in texts for mark in CANARY.findall(text)}:
            marked[mark].append(made)
    return Traces(
        {number: found[0] for number, found in having.items() if len(found) == 1},
        {mark: tuple(found) for mark, found in marked.items() if len(found) > 1},
    )


def keys_of(values: Iterable[object]) -> frozenset[str]:
    """Return those of a row's keys that are long enough to be told by."""
    return frozenset(str(value) for value in values if value is not None and len(str(value)) > _TELLING)


def _tells(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _LEAST
