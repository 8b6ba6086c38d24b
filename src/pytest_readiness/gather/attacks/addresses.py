"""Whose account something shows: it has no text of its own but the address that its user signed up with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import PEOPLE
from pytest_readiness.judges.sql.lexis import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.judges.sql.texts import Texts

_ADDRESS = re.compile(r"[\w.+%-]+@[\w.-]+\w")
_WHOSE = {person.email: person.name for person in PEOPLE}


@dataclass(frozen=True)
class Addresses:
    """Tells addresses of people in what comes out of the platform's accounts.

    Attributes:
        users: The platform's table of users; empty when it has none.
        texts: What the target's SQL says.
    """

    users: str
    texts: Texts
    _showing: dict[str, bool] = field(default_factory=dict)

    def within(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield the addresses of people in a text, and whose they are."""
        if "@" in text:
            yield from ((found, _WHOSE[found]) for found in _ADDRESS.findall(text) if found in _WHOSE)

    def shown_by(self, relation: Relation) -> bool:
        """Whether reading a relation may come to accounts."""
        if relation.name not in self._showing:
            self._showing[relation.name] = self._are_read(self.texts.run_to_read(relation.name))
        return self._showing[relation.name]

    def told_by(self, steps: Iterable[str]) -> bool:
        """Whether the functions that statements call may come to accounts."""
        return self._are_read(function.body for function in self.texts.called(steps))

    def _are_read(self, texts: Iterable[str]) -> bool:
        named = re.compile(rf"(?<![\w.]){re.escape(self.users)}(?!\w)", re.IGNORECASE)
        return bool(self.users) and any(named.search(plain(text)) for text in texts)
