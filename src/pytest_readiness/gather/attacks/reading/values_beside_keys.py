"""Views that show, beside somebody's key, what a table holds of him that hides it from who reads the view.

Small numbers, dates and words are told by nothing of their own: the key beside them says whose they are.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import PEOPLE
from pytest_readiness.gather.attacks.asked_states import VIEWS
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.judges.isolation.traces import keys_of
from pytest_readiness.judges.purpose.standings import is_board, is_content
from pytest_readiness.judges.sql.stored_columns import as_stored, by_itself

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.isolation.labels import Row
    from pytest_readiness.target.identities import Identity

    Given = tuple[Identity, tuple[str, ...]]
    """Who reads, and what a superuser did before."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of a view that shows something of rows of an owned table.

    Attributes:
        name: That it has in the view.
        table: Whose rows it shows something of.
        column: That it is there; empty where it is computed, from each row by itself.
        others: Tables beside it that the view reads, and that it may be of.
        content: Whether its value says something of a row, beside whose it is.
    """

    name: str
    table: Relation
    column: str
    others: tuple[Relation, ...]
    content: bool


@dataclass(frozen=True, slots=True)
class Sign:
    """By what a row of a view is told as somebody's: the value in a column, beside one of the keys."""

    person: Person
    shown: Shown
    value: object
    keys: frozenset[str]
    whose: frozenset[str]

    def is_in(self, row: Row, said: frozenset[str]) -> bool:
        """Whether a row of a view shows it."""
        value = row.get(self.shown.name)
        alike = value == self.value if self.shown.column else True
        return value is not None and alike and not said.isdisjoint(self.keys)


class BesideKeys:
    """Tells whose rows views show that way."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._signs: dict[tuple[str, Person | None], tuple[Sign, ...]] = {}
        self._columns: dict[str, tuple[Shown, ...]] = {}
        self._seen: dict[tuple[Given, Person | None, str], tuple[bool, frozenset[str]]] = {}

    def whose(self, view: Relation, row: Row, given: Given, reader: Person | None) -> frozenset[str]:
        """Return whose hidden row a view shows the content of; nothing if it shows nobody's.

        Args:
            view: That was read.
            row: That it showed.
            given: To whom, and what a superuser did before.
            reader: Whose rows are the actor's own; None for nobody.
        """
        told = self._told(view, row, given, reader)
        return frozenset(sign.person.name for sign in told if sign.shown.content)

    def untold(self, view: Relation, reads: Iterable[tuple[Identity, Person | None, Outcome]]) -> str:
        """Say what else of a hidden row a view shows, which is too little to tell that it is one."""
        for actor, person, outcome in reads:
            for row in map(json.loads, outcome.rows):
                if sign := next(self._told(view, row, (actor, ()), person), None):
                    whose = f"the key of {sign.person.name}, whose row {sign.shown.table.name} hides"
                    return f"{sign.shown.name} beside {whose}"
        return ""

    def _told(self, view: Relation, row: Row, given: Given, reader: Person | None) -> Iterator[Sign]:
        signs = self._signs_in(view, reader)
        said = frozenset(map(str, row.values())) if signs else frozenset[str]()
        if said.isdisjoint(_naming(reader)):
            yield from (s for s in signs if s.is_in(row, said) and self._hides(s, given, reader))

    def _signs_in(self, view: Relation, reader: Person | None) -> tuple[Sign, ...]:
        if (view.name, reader) not in self._signs:
            near = self.field.recognition.near
            others = [one for one in PEOPLE if one is not reader and not near(one.name, reader)]
            pairs = itertools.product(self._shown_by(view), others)
            self._signs[view.name, reader] = tuple(
                Sign(
                    person,
                    shown,
                    hers.stored.get(shown.column),
                    self._keys(shown.table, hers, person),
                    self.field.labels.of(shown.table.name, hers.stored),
                )
                for shown, person in pairs
                if (hers := self.field.population.row(shown.table.name, person.name))
            )
        return self._signs[view.name, reader]

    def _shown_by(self, view: Relation) -> tuple[Shown, ...]:
        if view.name not in self._columns:
            self._columns[view.name] = tuple(self._shown(view)) if view.kind in VIEWS else ()
        return self._columns[view.name]

    def _shown(self, view: Relation) -> Iterator[Shown]:
        views, tables = self._below(view)
        texts = [one.view for one in views]
        stored, alone = as_stored(view, texts), by_itself(texts)
        for table in (one for one in tables if self._is_owned(one)):
            keys = self.field.key_columns(table) | {*table.primary_key}
            board = is_board(view.table) or is_board(table.table)
            others = tuple(one for one in tables if one != table)
            for shown in view.columns:
                column = table.column(stored.get(shown.name, ""))
                if column and column.name not in keys:
                    beside = tuple(one for one in others if one.column(column.name))
                    content = not board and is_content(column)
                    yield Shown(shown.name, table, column.name, beside, content)
                elif shown.name not in stored and alone and shown.type != "boolean":
                    yield Shown(shown.name, table, "", others, content=False)

    def _below(self, view: Relation) -> tuple[list[Relation], list[Relation]]:
        """Return the views that a view is made of, itself first, and the tables that they read."""
        views = [view]
        tables: dict[str, Relation] = {}
        for one in views:
            mentioned = map(self.field.catalog.relation, sorted(self.field.texts.mentioned(one.view)))
            for below in filter(None, mentioned):
                if below.kind in TABLE_KINDS:
                    tables[below.name] = below
                elif below.kind in VIEWS and below not in views:
                    views.append(below)
        return views, [*tables.values()]

    def _is_owned(self, table: Relation) -> bool:
        owners = self.field.owners
        return table.name in owners.owned and table.name not in {*owners.public, *self.field.published}

    def _keys(self, table: Relation, row: SyntheticRow, person: Person) -> frozenset[str]:
        """Return what in a view says that a row is this one's owner's."""
        columns = self.field.owners.owned[table.name].columns
        own = keys_of(row.stored.get(name) for name in columns)
        return own if columns else _naming(person)

    def _hides(self, sign: Sign, given: Given, reader: Person | None) -> bool:
        """Whether none of the tables that may have shown a value lets who reads the view have it."""
        if any(self._read(one, given, reader)[0] for one in sign.shown.others):
            return False
        _, known = self._read(sign.shown.table, given, reader)
        return known.isdisjoint(sign.whose)

    def _read(self, table: Relation, given: Given, reader: Person | None) -> tuple[bool, frozenset[str]]:
        """Return whether there are rows that a table shows to who reads the view, and whose they are."""
        actor, before = given
        asked = (given, reader, table.name)
        if asked not in self._seen:
            rows: tuple[str, ...] = ()
            if actor.role in table.readable:
                rows = self.field.runner.one(Attempt(actor, (read(table),), before=before)).rows
            foreign = self.field.recognition.foreign
            whose = frozenset[str]().union(*(foreign(table, json.loads(text), reader) for text in rows))
            self._seen[asked] = (bool(rows), whose)
        return self._seen[asked]


def _naming(person: Person | None) -> frozenset[str]:
    """Return what names a person, and her tenants."""
    if person is None:
        return frozenset()
    tenants = (key for one in person.tenants for key in (one.uuid, one.number, one.slug))
    return keys_of((person.uuid, person.number, person.email, *tenants))
