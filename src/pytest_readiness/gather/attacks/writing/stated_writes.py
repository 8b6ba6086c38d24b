"""Writes while her rows are in some state: published, shown by a view, or asked for by a trigger."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.evidence.people import ALICE, BOB, NEWCOMER
from pytest_readiness.gather.attacks.asked_states import asked_by_view, asked_of, besides, named
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.reading.tenantless import in_no_tenant
from pytest_readiness.gather.attacks.states import change, published, statements_of, taken_away
from pytest_readiness.gather.attacks.unlisted import Unlisted
from pytest_readiness.gather.attacks.writing.extended_texts import extended_texts
from pytest_readiness.gather.attacks.writing.words_set import words_set
from pytest_readiness.gather.attacks.writing.write_results import Form
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.owners.namesakes import told_apart_within_tenants
from pytest_readiness.judges.sql.lookups import resembled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.changes import Changes
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.target.identities import Identity

_STATES = 12
"""States of her rows in which a relation is written to."""

_UPDATES = 4
"""Updates of single columns that are tried in each."""

_NUMBERS, _ENDS = frozenset({"smallint", "integer", "bigint", "numeric"}), ("1", "30000")
"""Numbers before those of all rows of hers, and after them."""


@dataclass(frozen=True)
class StatedWrites:
    """Makes such attempts.

    Attributes:
        actors: Bob first, then those without a user.
        attempt: Makes an attempt of an actor, a relation, a verb, a statement and a person.
    """

    field: Field
    forger: Forger
    changes: Changes
    actors: Sequence[tuple[Identity, Person | None]]
    attempt: Callable[..., Attempt]

    def all(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield the attempts on some relations."""
        yield from self._while_published(relations)
        yield from self._while_shown(relations)
        yield from self._while_asked(relations)
        yield from self._while_nowhere(relations)
        yield from self._while_unlisted(relations)
        yield from self._while_alike(relations)
        yield from self._called_after(relations)
        yield from self._once_turned(relations)
        yield from self._below(relations)

    def _below(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield that bob deletes or renames his own row while texts of hers go on from its texts."""
        actor, person = self.actors[0]
        for relation in relations:
            held = relation.privileges.get(actor.role, Privileges())
            for verb, sql, before in extended_texts(self.forger, self.changes, relation, held):
                yield self.attempt(actor, relation, verb, sql, person, before=before)

    def _once_turned(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield that bob sets one word or another in his own row, where triggers act on that."""
        actor, person = self.actors[0]
        for relation in relations:
            held = relation.privileges.get(actor.role, Privileges())
            for sql, before in words_set(self.field, relation, held):
                yield self.attempt(actor, relation, "UPDATE", sql, person, before=before)

    def _while_published(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield bob's plain writes while everybody may read alice's rows, or those that they belong to."""
        actor, person = self.actors[0]
        for relation in relations:
            held = relation.privileges.get(actor.role, Privileges())
            states = [
                s
                for name in self.field.texts.depends_on(relation.name)
                for s in self._published.get(name, ())
            ]
            for state in states:
                inserts = (("INSERT", sql) for sql in self.forger.inserts(relation, held, person))
                for verb, sql in (*self.changes.bare(relation, held), *inserts):
                    yield self.attempt(actor, relation, verb, sql, person, before=state.statements)

    def _while_shown(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield plain writes to views while alice's rows are in states that their filters ask for."""
        for relation in relations:
            if not relation.view:
                continue
            for states in asked_by_view(self.field, relation)[:_STATES]:
                before = statements_of(states)
                for actor, person in self.actors:
                    held = relation.privileges.get(actor.role, Privileges())
                    for verb, sql in self.changes.bare(relation, held):
                        yield self.attempt(actor, relation, verb, sql, person, before=before)

    def _while_asked(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield bob's own writes while her rows are in states that the triggers of a relation ask for."""
        actor, person = self.actors[0]
        for relation in relations:
            held, mine = relation.privileges.get(actor.role), self.forger.model(relation, BOB)
            body = " ".join(trigger.body for trigger in relation.triggers)
            if held is None or mine is None or self.field.texts.inert(relation.name):
                continue
            reached = sorted(self.field.texts.touched_by(relation.name))
            below = [r for name in reached if (r := self.field.catalog.relation(name))]
            states = [s for among in (named, besides) for r in below for s in among(self.field, r, body)]
            own = [(verb, sql) for verb, sql in self.changes.bare(relation, held) if verb == "UPDATE"]
            for state in states[:_STATES]:
                asked = mine | asked_of(relation, (state, *states))
                insert = insert_sql(relation, {n: v for n, v in asked.items() if n in held.insert})
                for verb, sql in ([("INSERT", insert)] if held.insert else []) + own:
                    yield self.attempt(actor, relation, verb, sql, person, before=state.statements)

    def _while_nowhere(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield plain writes of somebody who is in no tenant, while her rows are in none."""
        newcomer = self.field.cast.user(NEWCOMER)
        for relation in relations:
            held = relation.privileges.get(newcomer.role, Privileges())
            # An update that leaves a row as the state made it would not be seen.
            updates = itertools.islice(self.changes.each_column(relation, held, None), _UPDATES)
            writes = [*self.changes.bare(relation, held), *(("UPDATE", sql) for sql in updates)]
            for states in in_no_tenant(self.field, relation.name)[:_STATES]:
                for verb, sql in writes:
                    before = statements_of(states)
                    yield self.attempt(newcomer, relation, verb, sql, NEWCOMER, before=before)

    def _while_unlisted(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield plain writes of bob while triggers that ask what he is find him nowhere."""
        unlisted = Unlisted(self.field)
        for relation in relations:
            asked = self.field.texts.consulted_by(relation, (trigger.body for trigger in relation.triggers))
            for bob, before in unlisted.among(asked - {relation.name}):
                held = relation.privileges.get(bob.role, Privileges())
                inserts = (("INSERT", sql) for sql in self.forger.inserts(relation, held, BOB))
                for verb, sql in (*self.changes.bare(relation, held), *inserts):
                    yield self.attempt(bob, relation, verb, sql, BOB, before=before)

    def _while_alike(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield bob's own writes of what is called as hers is: anew, and where his is the first or the last.

        A number or a name that tells rows of one tenant apart may be the same for two, and what acts on rows
        may ask for no more.
        """
        actor, person = self.actors[0]
        for relation in relations:
            held, mine = (
                relation.privileges.get(actor.role),
                self.field.population.row(relation.name, BOB.name),
            )
            alike = sorted(told_apart_within_tenants(relation, self.field.owners))
            if held is None or mine is None or not alike or self.field.texts.inert(relation.name):
                continue
            for verb, sql, before in self._of_alike(relation, held, mine, alike):
                yield self.attempt(actor, relation, verb, sql, person, before=before)

    def _of_alike(
        self, relation: Relation, held: Privileges, mine: SyntheticRow, alike: Sequence[str]
    ) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield verb, statement and what a superuser does before it."""
        row = (self.forger.model(relation, BOB) or {}) | {name: mine.texts[name] for name in alike}
        gone = taken_away(relation.name, mine)
        before = (*self.changes.unreferenced(relation, mine), *gone)
        if held.insert:
            yield "INSERT", insert_sql(relation, {n: v for n, v in row.items() if n in held.insert}), before
        for column in (column for name in alike if (column := relation.column(name))):
            for value in _ENDS if column.type in _NUMBERS else ():
                moved = change(relation.name, column, value, mine).statements
                for verb, sql in self.changes.bare(relation, held):
                    yield verb, sql, (*self.changes.unreferenced(relation, mine), *moved)

    def _called_after(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield bob's new rows that are called as a hidden row of hers with something before it or after.

        What acts on rows may look for the one above by its name: a domain, a folder, a topic.
        """
        actor, person = self.actors[0]
        for relation in relations:
            held, model = relation.privileges.get(actor.role), self.forger.model(relation, BOB)
            names = resembled(relation) if held and held.insert and model else {}
            hers = self.forger.stored(relation, ALICE) if names else {}
            if not hers or self.field.reads_others(Attempt(actor, ()), person, relation.name):
                continue
            mine = self.field.population.row(relation.name, BOB.name)
            gone = taken_away(relation.name, mine) if mine else ()
            before = (*self.changes.unreferenced(relation, mine), *gone) if mine else ()
            for name, marks in names.items():
                for value in _longer(hers.get(name), marks):
                    row = (model or {}) | {name: value}
                    sql = insert_sql(relation, {n: v for n, v in row.items() if held and n in held.insert})
                    yield self.attempt(actor, relation, "INSERT", sql, person, form=Form.NAMED, before=before)

    @cached_property
    def _published(self) -> dict[str, list[State]]:
        found: dict[str, list[State]] = {}
        for state in published(self.field):
            found.setdefault(state.relation, []).append(state)
        return found


def _longer(text: str | None, marks: Sequence[str]) -> Iterator[str]:
    """Yield texts that end, or begin, with another."""
    for mark in marks or ("",) if text else ():
        yield f"x{mark}{text}"
        yield f"{text}{mark}x"
