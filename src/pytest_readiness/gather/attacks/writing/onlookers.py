"""Writes to rows of hers as somebody with whom they are shared, at a level that is called looking.

A policy that lets rows be changed may ask whether somebody is on the list of those they are shared with, and
forget to ask as what; and one that lets places be given may ask whether somebody has one, and not which. That
the level opens her rows to be read is the control: so it is known to be one.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.repointing import receivers
from pytest_readiness.gather.attacks.seats import seat
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, State, change, lasting, words_of
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.purpose.levels import changing, is_level, lets_change, looking
from pytest_readiness.judges.sql.lexis import names
from pytest_readiness.judges.sql.reach import run_with
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.attacks import Harm
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.changes import Changes
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger

_DONE = frozenset({"altered", "taken", "destroyed"})
_STATES = 6
"""Ways in which rows of one relation may be shared that are tried."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Rows of hers that are shared with bob, to look.

    Attributes:
        state: By which they are.
        raises: Statements by which he says that he may do more, each with what it is, for people.
    """

    state: State
    raises: tuple[tuple[str, str], ...] = ()


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
        for shared in self._shared():
            for step, said in ((None, ""), *shared.raises):
                for attempt, outcome in self.field.in_states(self._attempts(shared.state, wanted, step)):
                    if attempt.about not in found and (harm := self._harm(shared, attempt, outcome, said)):
                        found[attempt.about] = harm
        yield from (Assault(name, verb, 1, (harm,)) for (name, verb), harm in found.items())

    def _harm(self, shared: Shared, attempt: Attempt, outcome: Outcome, said: str) -> Harm | None:
        """Return what was done to her rows; None for what refers to them and goes with them."""
        name, _ = attempt.about
        for harm in self.field.harms(attempt, outcome, BOB, {name}):
            if harm.kind in _DONE and harm.relation == name and self._reads(name, shared.state):
                place = shared.state.relation
                by = (
                    f"what lets him write to {place}, where he gives himself more than he has" if said else ""
                )
                return replace(harm, actor=f"{BOB.name}, given {shared.state.said},{said}", by=by)
        return None

    def _attempts(self, state: State, wanted: set[str], first: str | None) -> Iterator[Attempt]:
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
                steps, inert = ((first, sql) if first else (sql,)), texts.inert(name)
                yield Attempt(bob, steps, watch, (name, verb), state.statements, inert=inert)

    def _reads(self, name: str, state: State) -> bool:
        """Whether a state shows bob rows of hers that he does not read otherwise."""
        bob = self.field.cast.user(BOB)
        given = Attempt(bob, (), before=state.statements)
        return self.field.reads_others(given, BOB, name) and not self.field.reads_others(
            Attempt(bob, ()), BOB, name
        )

    def _shared(self) -> Iterator[Shared]:
        for relation in self.field.catalog.relations:
            if relation.kind in TABLE_KINDS and relation.name in self.field.texts.depending:
                listed = (Shared(state) for state in self._listed(relation))
                yield from itertools.islice((*listed, *self._given(relation)), _STATES)

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

    def _given(self, relation: Relation) -> Iterator[Shared]:
        """Yield states in which bob has a row that gives him a place among hers, to look."""
        asked = self._promised if relation.name in self._staffed else self.field.texts.asked(relation.name)
        for column in relation.columns:
            if column.generated or (asked is not None and column.name not in asked):
                continue
            words = self._words(relation, column)
            for level in looking(words) or (words if column.type == "boolean" else ())[:1]:
                if given := self._place(relation, column, level):
                    said = f"a place in {relation.name} with {column.quoted} = {literal(level)}"
                    state = State(relation.name, said, given)
                    yield Shared(state, tuple(self._raises(relation, column, changing(words))))

    @cached_property
    def _staffed(self) -> frozenset[str]:
        """Lists of who belongs where, if an application stands before the server that may ask them itself."""
        lists = (membership.relation for membership in self.field.owners.memberships)
        return frozenset(lists if self.field.announces else ())

    @cached_property
    def _promised(self) -> frozenset[str]:
        """Return the words that the server asks such lists for, of what people work with.

        Who gives places and who takes them away is told by another rank, and says nothing of these.
        """
        apart = self.field.owners.identifying
        working = [one for one in self.field.catalog.relations if one.name not in apart]
        said = [text for one in working for text in run_with(one)]
        texts = dict.fromkeys((*said, *(function.body for function in self.field.texts.called(said))))
        asking = [text for text in texts if self.field.texts.mentioned(text) & self._staffed]
        return frozenset(word for text in asking for word in names(text))

    def _words(self, relation: Relation, column: Column) -> tuple[str, ...]:
        """Return what a column says of places; of a switch, that it is off, and that it is on."""
        if column.type == "boolean":
            return ("false", "true") if lets_change(column.name) else ()
        return words_of(self.field, relation, column) if holds_text(column) or column.kind == "e" else ()

    def _raises(
        self, relation: Relation, column: Column, levels: tuple[str, ...]
    ) -> Iterator[tuple[str, str]]:
        """Yield how bob would give himself a place like his own, or his own, at a level to change things."""
        held = relation.privileges.get(self.field.cast.user(BOB).role)
        model = self.forger.model(relation, ALICE)
        for level in ("true",) if column.type == "boolean" else levels:
            said = f" who gives himself {column.quoted} = {literal(level)},"
            if held and model and column.name in held.insert:
                row = lasting(relation, model) | self.forger.owner_keys(relation, BOB) | {column.name: level}
                row |= {name: model[name] for name in self._tenants(relation) if name in model}
                yield insert_sql(relation, {n: v for n, v in row.items() if n in held.insert}), said
            if held and column.name in held.update:
                yield f"update {relation.name} set {column.quoted} = {literal(level)}", said

    def _tenants(self, relation: Relation) -> tuple[str, ...]:
        owned = self.field.owners.owned.get(relation.name)
        return owned.tenants if owned else ()

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
        place = lasting(relation, model)
        place |= {name: mine[name] for name in receivers(relation, owned)[:1] if name in mine}
        return (QUIETLY, insert_sql(relation, place | {column.name: level}), AS_EVER)
