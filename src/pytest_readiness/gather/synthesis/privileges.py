"""Finds lists such as one of administrators: a row there lets somebody read rows of others elsewhere."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.states import change, taken_away
from pytest_readiness.gather.synthesis.values import holds_text, value_for
from pytest_readiness.judges.owners.namesakes import told_apart_within
from pytest_readiness.judges.owners.parts import is_part, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field


def privileges_in(field: Field) -> Iterator[str]:
    """Yield the relations in which a row of bob's lets him read rows of others elsewhere."""
    owned = field.owners.owned
    for name in sorted(field.texts.deciding & owned.keys()):
        if owned[name].tenants or not owned[name].users:
            continue
        for look in looks_through(field, name):
            without, with_it = look.without(), look.seen()
            if without is None or look.told(with_it) <= look.told(without):
                continue
            otherwise = itertools.chain(
                _with_content(field, name, look.read), _renumbered(field, name, look.relation, look.read)
            )
            if not any(look.told(one) == 0 for one in otherwise):
                yield name
                break


@dataclass(frozen=True, slots=True)
class Look:
    """Reads as bob what a row of his in a list may show him.

    Attributes:
        name: Of the list.
        row: His.
        relation: That is read.
    """

    field: Field
    name: str
    row: SyntheticRow
    relation: Relation

    @property
    def read(self) -> str:
        """What reads all rows that he sees."""
        return f"{QUERY}select to_jsonb(t.*)::text from {self.relation.name} t"

    def without(self) -> Outcome | None:
        """Read while his row is away; nothing where that is refused.

        What refers to his row stays, so that nothing but the row itself is away.
        """
        found = self.seen(*taken_away(self.name, self.row))
        return None if found.state else found

    def seen(self, *before: str) -> Outcome:
        """Read after a superuser has changed something, which is undone again."""
        return self.field.runner.one(Attempt(self.field.cast.user(BOB), (self.read,), before=before))

    def told(self, outcome: Outcome) -> int:
        """Count the rows of others that he read.

        To read of those whom his row names beside him is what a friendship is for.
        """
        but = self.field.labels.people(self.name, self.row.stored)
        foreign = self.field.recognition.foreign
        return sum(bool(foreign(self.relation, json.loads(text), BOB) - but) for text in outcome.rows)


def looks_through(field: Field, name: str) -> Iterator[Look]:
    """Yield looks at the relations that ask a list, and whose rows do not belong to rows of it."""
    row = field.population.row(name, BOB.name)
    for other in field.texts.depending.get(name, ()) if row else ():
        relation = field.catalog.relation(other)
        if row and relation and other != name and not _stands_on(field, relation, name):
            yield Look(field, name, row, relation)


def _stands_on(field: Field, relation: Relation, name: str) -> bool:
    """Whether rows belong to rows of another relation, and do not only name users by it, as by a list."""
    owned = field.owners.owned.get(relation.name)
    users = owned.users if owned else ()
    refers = any(key.target == name and key.columns[0] not in users for key in relation.foreign_keys)
    return refers or is_part(field.catalog, field.texts, field.owners, relation, name)


def _with_content(field: Field, name: str, read: str) -> Iterator[Outcome]:
    """Read as bob while nothing in his row is empty: if that closes it, emptiness opened it, no privilege."""
    relation, row = field.catalog.relation(name), field.population.row(name, BOB.name)
    for column in relation.columns if relation else ():
        if row and relation and row.texts.get(column.name) in {"", "[]", "{}"}:
            filled = '["canary"]' if column.type in {"json", "jsonb"} else "{canary}"
            state = change(relation.name, column, "canary" if holds_text(column) else filled, row)
            yield field.runner.one(Attempt(field.cast.user(BOB), (read,), before=state.statements))


def _renumbered(field: Field, name: str, relation: Relation, read: str) -> Iterator[Outcome]:
    """Read as bob while his row has another number than hers: what closes then was mixed up, no privilege.

    So it was where each of both has such a number of his own.
    """
    listing, row = field.catalog.relation(name), field.population.row(name, BOB.name)
    if listing is None or row is None:
        return
    others = map(field.catalog.relation, field.texts.depends_on(relation.name) - {name})
    shared = {key for other in others if other for key in told_apart_within(other, field.owners)}
    for key in sorted(told_apart_within(listing, field.owners) & shared):
        column = listing.column(key)
        if column is None or not numbers(field.catalog, listing, column):
            continue
        value = value_for(column, field.target.seed, name, "numbered otherwise")
        if column.writable and value:
            state = change(name, column, value, row)
            yield field.runner.one(Attempt(field.cast.user(BOB), (read,), before=state.statements))
