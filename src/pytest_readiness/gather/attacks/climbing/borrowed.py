"""Reads in rows of the actor's own what was copied there from a row of hers that stays hidden from him.

His row may refer to hers, as nobody looked whose that is. What makes rows of it later asks for his alone.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.target.quoting import literal, literals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.climbing.action import Action
    from pytest_readiness.gather.attacks.field import Field


class Borrowed:
    """Tells what an action let into rows of bob's.

    Attributes:
        hidden: Relations of which he sees nothing of others.
        before: By relation, the rows that he saw before.
    """

    def __init__(
        self, field: Field, hidden: Iterable[Relation], before: Mapping[str, Collection[str]]
    ) -> None:
        self.field = field
        self.hidden = frozenset(relation.name for relation in hidden)
        self.before = before

    def harm(self, action: Action, seen: Mapping[str, Iterable[str]]) -> Harm | None:
        """Tell of a text of hers in a row of his, after he named a row of hers that he does not see."""
        said = "\n".join(action.steps)
        if action.before or not self._keys & literals(said):
            return None
        for name, texts in seen.items():
            relation = self.field.catalog.relation(name)
            new = (text for text in texts if text not in self.before.get(name, ()))
            for text in new if relation and relation.kind in TABLE_KINDS else ():
                told = self._told(text, said)
                # Rows of hers that came into sight are told as such, or are meant for him.
                if relation and told and not self.field.recognition.foreign(relation, json.loads(text), BOB):
                    bob = self.field.cast.user(BOB)
                    script = self.field.script(name, bob, (*action.steps, read(relation)), "select 1")
                    what = f"`{told}`, copied into a row of his in {name}"
                    return Harm(BOB.name, "read", self._home(told), ALICE.name, what, script)
        return None

    def _told(self, text: str, said: str) -> str:
        known = (self.field.shown_texts, self.field.population.canaries(BOB.name), said)
        marks = self.field.recognition.canaries_of_others(text, BOB)
        return next((mark for mark in marks if not any(mark in one for one in known)), "")

    def _home(self, mark: str) -> str:
        """Return the relation in whose row a text is."""
        rows = self.field.population.rows.items()
        return next(name for (name, _), row in rows if mark in row.canaries)

    @cached_property
    def _keys(self) -> frozenset[str]:
        """The keys of her rows in what is hidden, as statements say them."""
        role, found = self.field.cast.user(BOB).role, set()
        for relation in self.field.catalog.relations:
            row = self.field.population.row(relation.name, ALICE.name)
            shown = role in relation.readable and relation.name not in self.hidden
            if (
                row
                and not shown
                and len(relation.primary_key) == 1
                and relation.name in self.field.owners.owned
            ):
                value = row.texts.get(relation.primary_key[0])
                found |= {literal(value)} if value is not None else set()
        return frozenset(found)
