"""Lists that alone say who sees rows which name, as the list does, what somebody belongs to."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.owners.lookalikes import ROLE
from pytest_readiness.judges.owners.makers import written
from pytest_readiness.judges.owners.parts import is_state, numbers
from pytest_readiness.judges.owners.worded import passed
from pytest_readiness.judges.sql.lexis import names
from pytest_readiness.judges.sql.nouns import MEMBERS, RANK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.judges.owners.admitting import Place
    from pytest_readiness.judges.owners.callers import Hints
    from pytest_readiness.judges.sql.texts import Texts

_PREFIX = re.compile(r"prefix|pattern|mask|glob|begin|start", re.IGNORECASE)
"""How texts are called that are written to be looked for at the beginning of others."""


@dataclass(frozen=True)
class Alone:
    """Tells whether a list does.

    Attributes:
        users: By relation, the columns that hold a user's key.
        sole: Columns of lists, each with the like one of rows that only functions show, which ask the list.
    """

    catalog: CatalogEvidence
    texts: Texts
    hints: Hints
    users: Mapping[str, tuple[str, ...]]
    sole: frozenset[tuple[Place, Place]] = frozenset()

    def shows(self, listing: Relation, user: str, column: Column) -> bool:
        """Whether a list has each user once, or each pair of him and this, and alone shows rows with this.

        Such rows refer to no row of the list itself, and no policy that shows them asks whom they name. What
        is counted for each user is his own. Words and numbers may be those of topics that anybody follows,
        where nothing in the list says as what and no path begins with them; and of one row for each user, as
        that of his grade or his language, unless the list is called one of members.
        """
        if any(left == (listing.name, column.name) for left, _ in self.sole):
            return True
        together = [set(columns) for columns in listing.unique]
        home = {user} in together and not (RANK.search(column.name) or ROLE.match(column.name))
        paired = {user, column.name} in together or home
        stated = MEMBERS.search(listing.table) if home else any(is_state(listing, c) for c in listing.columns)
        telling = column.type == "uuid" or bool(stated) or self._names_folders(listing, column)
        if not paired or not telling or (not home and numbers(self.catalog, listing, column)):
            return False
        compared = self._compared.get((listing.name, column.name), set()) | self._asking(listing, column)
        return any(
            other.kind in TABLE_KINDS
            and other is not listing
            and not any(key.target == listing.name for key in other.foreign_keys)
            and not any({*self.users.get(other.name, ())} & names(text) for text in _shown(other))
            and is_asked_by_all(self.texts, other, listing)
            for other in filter(None, map(self.catalog.relation, sorted(compared)))
        )

    def _names_folders(self, listing: Relation, column: Column) -> bool:
        """Whether paths begin with what a text of a list names, and no client writes the list.

        What is called a prefix may end wherever whoever wrote it meant.
        """
        if not column.is_text or _PREFIX.search(column.name) or written(listing):
            return False
        place = (listing.name, column.name)
        return any(one == place and other in self.hints.begun for one, other in self.hints.pairs)

    @cached_property
    def _compared(self) -> dict[tuple[str, str], set[str]]:
        """By column, the relations that have what code compares it with."""
        found = defaultdict(set)
        for place, (name, _) in self.hints.pairs:
            found[place].add(name)
        return found

    def _asking(self, listing: Relation, column: Column) -> set[str]:
        """Return the relations whose policies give a column to a function that compares this with it."""
        place = (listing.name, column.name)
        found = set()
        for name in self.texts.depending.get(listing.name, ()) if place in self.hints.asked else ():
            other = self.catalog.relation(name)
            for text in _shown(other) if other else ():
                given = (passed(self.catalog, self.texts, text, f) for f in self.texts.called([text]))
                if any(there == place for ways in given for _, there in ways):
                    found.add(name)
        return found


def is_asked_by_all(texts: Texts, relation: Relation, listing: Relation) -> bool:
    """Whether each policy that shows rows of a relation asks a list."""
    shown = _shown(relation)
    return bool(shown) and all(listing.name in texts.consulted_by(relation, [using]) for using in shown)


def _shown(relation: Relation) -> list[str]:
    return [policy.using for policy in relation.shown_by if policy.permissive]
