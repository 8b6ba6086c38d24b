"""Writes to rows of hers as somebody with whom they are shared, at a level that is called looking.

A policy that lets rows be changed may ask whether somebody is on the list of those they are shared with, and
forget to ask as what. That the level opens her rows to be read is the control: so it is known to be one.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.repointing import receivers
from pytest_readiness.gather.attacks.seats import seat
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, State, change, words_of
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.purpose.levels import is_level, looking
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.attacks import Harm
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.changes import Changes
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger

_DONE = frozenset({"altered", "taken", "destroyed"})
_STATES = 6
"""Ways in which rows of one relation may be shared that are tried."""


@dataclass(frozen=True)
class Onlookers:
    """Tries the relations that levels decide about."""

    field: Field
    forger: Forger
    changes: Changes

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what bob did to rows of hers that he was to look at, once for each relation and verb."""
        wanted = {relation.name for relation in relations}
        found: dict[tuple[str, str], Harm] = {}
        for state in self._states():
            for attempt, outcome in self.field.in_states(self._attempts(state, wanted)):
                relation, verb = attempt.about
                for harm in self.field.harms(attempt, outcome, BOB, {relation.name}):
                    # What refers to hers and goes with it was not written to.
                    if harm.kind in _DONE and harm.relation == relation.name and self._reads(relation, state):
                        said = f"{BOB.name}, given {state.said},"
                        found.setdefault((relation.name, verb), replace(harm, actor=said))
        yield from (Assault(name, verb, 1, (harm,)) for (name, verb), harm in found.items())

    def _attempts(self, state: State, wanted: set[str]) -> Iterator[Attempt]:
        """Yield bob's writes to what a state decides about, and not to what says so itself."""
        bob, texts = self.field.cast.user(BOB), self.field.texts
        apart = {*self.field.owners.people, *(one.relation for one in self.field.owners.memberships)}
        own = {state.relation} if not state.value[0] else set()
        for name in sorted({*texts.depending.get(state.relation, ())} & wanted - apart - own):
            relation = self.field.catalog.relation(name)
            held = relation.privileges.get(bob.role) if relation else None
            if relation is None or held is None or relation.kind not in TABLE_KINDS:
                continue
            for verb, sql in self.changes.bare(relation, held):
                watch = tuple(sorted(texts.touched_by(name)))
                inert = texts.inert(name)
                yield Attempt(bob, (sql,), watch, (relation, verb), state.statements, inert=inert)

    def _reads(self, relation: Relation, state: State) -> bool:
        """Whether a state shows bob rows of hers that he does not read otherwise."""
        bob = self.field.cast.user(BOB)
        given = Attempt(bob, (), before=state.statements)
        return self.field.reads_others(given, BOB, relation.name) and not self.field.reads_others(
            Attempt(bob, ()), BOB, relation.name
        )

    def _states(self) -> Iterator[State]:
        for relation in self.field.catalog.relations:
            if relation.kind in TABLE_KINDS and relation.name in self.field.texts.depending:
                ways = (*self._listed(relation), *self._given(relation))
                yield from itertools.islice(ways, _STATES)

    def _listed(self, relation: Relation) -> Iterator[State]:
        """Yield states of her row in which a document in it says that bob may look."""
        row = self.field.population.row(relation.name, ALICE.name)
        for column in relation.columns if row and row.where else ():
            if row is None or column.type != "jsonb" or column.generated:
                continue
            document = row.stored.get(column.name)
            for said in self._documents(relation, column):
                whole = document | said if isinstance(document, dict) else said
                yield change(relation.name, column, json.dumps(whole), row)

    def _documents(self, relation: Relation, column: Column) -> Iterator[dict[str, object]]:
        """Yield what may stand in a document: bob's level by his key, alone or within, or a level's list."""
        texts, key = self.field.texts, str(BOB.key(self.field.cast.user_type))
        keys = texts.keys_about(relation.name)
        words = (word for word in texts.literals_about(relation.name, column.name) if word not in keys)
        for level in looking(words):
            yield {key: level}
            for part in (part for part in keys if not is_level(part)):
                yield {part: {key: level}}
        for part in looking(keys):
            yield {part: [key]}

    def _given(self, relation: Relation) -> Iterator[State]:
        """Yield states in which bob has a row that gives him a place among hers, to look."""
        asked = self.field.texts.asked(relation.name)
        for column in relation.columns:
            worded = (holds_text(column) or column.kind == "e") and not column.generated
            if not worded or (asked is not None and column.name not in asked):
                continue
            for level in looking(words_of(self.field, relation, column)):
                if given := self._place(relation, column, level):
                    said = f"a place in {relation.name} with {column.quoted} = {literal(level)}"
                    yield State(relation.name, said, given)

    def _place(self, relation: Relation, column: Column, level: str) -> tuple[str, ...]:
        """Return what gives bob a row of a relation like one of hers; nothing where rows give no place."""
        for membership in self.field.owners.memberships:
            if membership.relation == relation.name:
                return seat(self.field, membership, BOB, ALICE, {column.name: level})
        owned, model = self.field.owners.owned.get(relation.name), self.forger.model(relation, ALICE)
        leads = any(key.target in self.field.owners.owned for key in relation.foreign_keys)
        if owned is None or model is None or not leads or relation.name not in self.field.texts.consulted:
            return ()
        mine = self.forger.owner_keys(relation, BOB)
        place = model | {name: mine[name] for name in receivers(relation, owned)[:1] if name in mine}
        return (QUIETLY, insert_sql(relation, place | {column.name: level}), AS_EVER)
