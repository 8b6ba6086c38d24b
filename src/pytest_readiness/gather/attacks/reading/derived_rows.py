"""Reads what a trigger makes of a row of hers that uses something of bob's: it may be filed under his name.

Somebody who uses a template, a form or a recipe of another's writes for herself. What is made of her row, one
for each, is hers as the row is; a trigger that takes the owner from what was used files it with the other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import Read
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import publishing
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import canary
from pytest_readiness.judges.purpose.dealings import is_dealing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import ForeignKey, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values


@dataclass(frozen=True, slots=True)
class _Use:
    """A row that alice makes with something of bob's, and what is made of it.

    Attributes:
        used: Of whose row of bob's she makes use.
        before: What lets her see that.
    """

    relation: Relation
    made_of_it: Relation
    used: str
    insert: str
    before: tuple[str, ...]


class DerivedRows:
    """Tries the tables that alice may insert into, of whose rows triggers make others, one of each."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what bob reads there of her row, which he does not read itself."""
        bob, alice = self.field.cast.user(BOB), self.field.cast.user(ALICE)
        uses = [use for place in relations if bob.role in place.readable for use in self._uses(place)]
        tried = [Attempt(alice, (use.insert,), about=use, before=use.before) for use in uses]
        made = [one.about for one, done in self.field.runner.run(tried) if done.touched and not done.state]
        for use in made:
            before = (*use.before, *alice.acting(use.insert))
            looks = [Attempt(bob, (read(one),), before=before) for one in (use.made_of_it, use.relation)]
            (attempt, told), (_, there) = self.field.runner.run(looks)
            alone = (text for text in told.rows if not self._names_her(use.made_of_it, text))
            marks = {*CANARY.findall(use.insert)} & {*CANARY.findall("".join(alone))}
            marks -= {*CANARY.findall("".join(there.rows))}
            if marks and not told.state:
                yield use.made_of_it.name, self._told(attempt, use, min(marks))

    def _uses(self, place: Relation) -> Iterator[_Use]:
        """Yield the rows of hers of which one in a place is made."""
        owned = self.field.owners.owned.get(place.name)
        for key in place.foreign_keys if owned and place.kind in TABLE_KINDS else ():
            relation = self.field.catalog.relation(key.target)
            if relation is None or relation is place or not self._is_made(place, key, relation):
                continue
            for used in relation.foreign_keys:
                yield from self._with_his(place, relation, used)

    def _names_her(self, place: Relation, text: str) -> bool:
        """Whether a row says beside whom it is filed with that it is hers as well."""
        hers = {ALICE.name, *(tenant.name for tenant in ALICE.tenants)}
        return bool(hers & self.field.labels.of(place.name, json.loads(text)))

    def _is_made(self, place: Relation, key: ForeignKey, relation: Relation) -> bool:
        """Whether a trigger makes one row in a place of each of a relation, and both say whose they are."""
        mine, theirs = (self.field.owners.owned.get(one.name) for one in (place, relation))
        alike = {*mine.columns} & {*theirs.columns} if mine and theirs else set()
        once = any({*columns} == {*key.columns} for columns in place.all_keys)
        dealing = is_dealing(place.table) or is_dealing(relation.table)
        return (
            bool(alike and once) and not dealing and place.name in self.field.texts.touched_by(relation.name)
        )

    def _with_his(self, place: Relation, relation: Relation, used: ForeignKey) -> Iterator[_Use]:
        held = relation.privileges.get(self.field.cast.user(ALICE).role)
        owned, source = self.field.owners.owned.get(relation.name), self.field.catalog.relation(used.target)
        his = self.field.population.row(used.target, BOB.name)
        apart = {*self.field.owners.people, *self.field.owners.roots}
        if (
            not (held and owned and source and his)
            or used.target in apart
            or {*owned.columns} & {*used.columns}
        ):
            return
        model = self.forger.model(relation, ALICE)
        pairs = zip(used.columns, used.target_columns, strict=True)
        row = (
            self._fresh(relation, model) | {own: his.texts.get(other) for own, other in pairs}
            if model
            else {}
        )
        new = {name: value for name, value in row.items() if name in held.insert}
        for before in ((), *(state.statements for state in publishing(self.field, source, his))):
            if new:
                yield _Use(relation, place, source.name, insert_sql(relation, new), before)

    def _fresh(self, relation: Relation, model: Values) -> Values:
        """Return a row with texts that no other has."""
        seed = self.field.target.seed
        return model | {
            name: canary(seed, relation.name, "derived", name)
            for name, value in model.items()
            if CANARY.fullmatch(value or "") and name not in self.field.key_columns(relation)
        }

    def _told(self, attempt: Attempt, use: _Use, mark: str) -> Read:
        name = f"{BOB.name}, after {ALICE.name} used his row of {use.used} in {use.relation.name},"
        place = use.made_of_it.name
        look = (f"select * from {place}",)
        beside = {use.relation.name, use.used, *self.field.texts.depends_on(place)}
        script = self.field.script(
            place, attempt.actor, look, "select 1", before=attempt.before, beside=beside
        )
        return Read(name, 0, 1, ALICE.name, mark, sql=script, kept=True)
