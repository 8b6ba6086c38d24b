"""Reads what hangs on a thing that says it is private, as a colleague who is not on the list of who is in it.

A workspace has members, and so have its channels. Where a channel says that it is private, whoever is in the
workspace alone is not let in; a policy that asks for the workspace forgets both the switch and the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import Read
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, CAROL
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import change, taken_away
from pytest_readiness.judges.purpose.visibility import is_confided
from pytest_readiness.judges.sql.lexis import names
from pytest_readiness.judges.sql.nouns import MEMBERS
from pytest_readiness.judges.sql.reach import deciding_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field


@dataclass(frozen=True, slots=True)
class _Private:
    """A thing of hers that is private, in the state in which a colleague is not on its list."""

    thing: Relation
    column: Column
    before: tuple[str, ...]


@dataclass(frozen=True)
class NarrowerLists:
    """Tries the things that have a list of their own, beside that of what they belong to."""

    field: Field

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what such a colleague reads of alice's."""
        carol = self.field.cast.user(CAROL)
        attempts = [
            Attempt(carol, (read(relation),), about=(relation, row, private), before=private.before)
            for relation in (relations if self._private else ())
            if carol.role in relation.readable and relation.kind in TABLE_KINDS
            for private in self._private
            if (row := self.field.population.row(relation.name, ALICE.name))
            and self._hangs(relation, private)
            and not self._asks(relation, private)
        ]
        for attempt, outcome in self.field.runner.run(attempts):
            relation, row, private = attempt.about
            told = sorted({*row.canaries} & {*CANARY.findall("".join(outcome.rows))})
            if told and not outcome.state:
                yield relation.name, self._told(attempt, private, told[0])

    @cached_property
    def _private(self) -> list[_Private]:
        return [
            private
            for listing, thing in self._lists
            if self._is_within(thing, listing)
            for private in self._of(listing, thing)
            if not self._means_another(private)
        ]

    def _means_another(self, private: _Private) -> bool:
        """Whether code asks for the switch, and shows such a colleague the thing: it keeps out others."""
        carol, thing = self.field.cast.user(CAROL), private.thing
        hers = self.field.population.row(thing.name, ALICE.name)
        if hers is None or not any(private.column.name in names(text) for text in self.field.texts.all()):
            return False
        return bool(
            self.field.runner.one(Attempt(carol, (read(thing, hers.where),), before=private.before)).rows
        )

    @cached_property
    def _lists(self) -> list[tuple[Relation, Relation]]:
        return [*self._listed()]

    def _listed(self) -> Iterator[tuple[Relation, Relation]]:
        """Yield lists of who is in a thing, with that: one has each pair of a user and a thing once."""
        known = {(one.relation, one.root) for one in self.field.owners.memberships}
        for listing in self.field.catalog.relations:
            owned = self.field.owners.owned.get(listing.name)
            for key in listing.foreign_keys if owned and owned.users else ():
                thing = self.field.catalog.relation(key.target)
                pair = {*owned.users[:1], *key.columns} if owned else set()
                named = MEMBERS.search(listing.table) and any({*one} == pair for one in listing.unique)
                if thing and (named or (listing.name, thing.name) in known):
                    yield listing, thing

    def _of(self, listing: Relation, thing: Relation) -> Iterator[_Private]:
        hers = self.field.population.row(thing.name, ALICE.name)
        theirs = self.field.population.row(listing.name, CAROL.name)
        gone = taken_away(listing.name, theirs) if theirs else ()
        for column in thing.columns if hers and hers.where else ():
            if hers and column.type == "boolean" and is_confided(column.name):
                shut = change(thing.name, column, "true", hers).statements
                yield _Private(thing, column, (*gone, *shut))

    def _is_within(self, thing: Relation, listing: Relation) -> bool:
        """Whether a thing says itself to whose list besides its own it belongs."""
        owned = self.field.owners.owned.get(thing.name)
        key = self.field.owners.roots.get(thing.name)
        wider = [one for one in self.field.owners.memberships if one.relation != listing.name]
        return bool(wider and owned and {*owned.tenants} - {key})

    def _hangs(self, relation: Relation, private: _Private) -> bool:
        """Whether rows refer to the thing, and no list of people is meant."""
        lists = {one.relation for one in self.field.owners.memberships}
        lists |= {listing.name for listing, _ in self._lists}
        refers = any(key.target == private.thing.name for key in relation.foreign_keys)
        return refers and relation.name not in {*lists, private.thing.name}

    def _asks(self, relation: Relation, private: _Private) -> bool:
        """Whether anything that decides about a relation asks whether the thing is private."""
        said = deciding_of(relation)
        bodies = (function.body for function in self.field.texts.called(said))
        return any(private.column.name in names(text) for text in (*said, *bodies))

    def _told(self, attempt: Attempt, private: _Private, mark: str) -> Read:
        relation: Relation = attempt.about[0]
        row: SyntheticRow = attempt.about[1]
        thing = private.thing.name
        name = f"{CAROL.name}, who is not in it while {private.column.quoted} is true in {thing},"
        script = self.field.script(
            relation.name,
            attempt.actor,
            (f"select * from {relation.name} where {row.where}",),
            "select 1",
            before=attempt.before,
            beside={thing, *self.field.texts.depends_on(relation.name)},
        )
        return Read(name, 0, 1, ALICE.name, mark, sql=script, kept=True)
