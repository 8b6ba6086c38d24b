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
from pytest_readiness.judges.sql.as_stored import as_stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.isolation.labels import Row
    from pytest_readiness.target.identities import Identity

    Given = tuple[Identity, tuple[str, ...]]
    """Who reads, and what a superuser did before."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of a view that shows one of an owned table as it is stored.

    Attributes:
        name: That it has in the view.
        table: Whose column it is.
        column: That it is there.
        others: Tables beside it that the view reads, and that have a column of this name.
        content: Whether its value says something of a row, beside whose it is.
    """

    name: str
    table: Relation
    column: str
    others: tuple[Relation, ...]
    content: bool


class BesideKeys:
    """Tells whose rows views show that way."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._columns: dict[str, tuple[Shown, ...]] = {}
        self._seen: dict[tuple[Given, str], tuple[bool, frozenset[str]]] = {}

    def whose(self, view: Relation, row: Row, given: Given, reader: Person | None) -> frozenset[str]:
        """Return whose hidden row a view shows the content of; nothing if it shows nobody's.

        Args:
            view: That was read.
            row: That it showed.
            given: To whom, and what a superuser did before.
            reader: Whose rows are the actor's own; None for nobody.
        """
        return frozenset(name for name, shown in self._told(view, row, given, reader) if shown.content)

    def said(self, view: Relation, row: Row, given: Given, reader: Person | None) -> str:
        """Say what of somebody's hidden row a view shows, however little that tells."""
        told = (shown for _, shown in self._told(view, row, given, reader))
        return next((f"{shown.column} of {shown.table.name}" for shown in told), "")

    def _told(
        self, view: Relation, row: Row, given: Given, reader: Person | None
    ) -> Iterator[tuple[str, Shown]]:
        columns = [one for one in self._of(view) if row.get(one.name) is not None]
        said = {str(value) for value in row.values()} if columns else set[str]()
        if not columns or said & _naming(reader):
            return
        recognition = self.field.recognition
        others = [one for one in PEOPLE if one is not reader and not recognition.near(one.name, reader)]
        for shown, person in itertools.product(columns, others):
            hers = self.field.population.row(shown.table.name, person.name)
            if hers is None or hers.stored.get(shown.column) != row[shown.name]:
                continue
            if said & self._keys(shown.table, hers, person) and self._hides(shown, hers, given, reader):
                yield person.name, shown

    def _of(self, view: Relation) -> tuple[Shown, ...]:
        if view.name not in self._columns:
            self._columns[view.name] = tuple(self._shown(view)) if view.kind in VIEWS else ()
        return self._columns[view.name]

    def _shown(self, view: Relation) -> Iterator[Shown]:
        views, tables = self._below(view)
        stored = as_stored(view, [one.view for one in views])
        for table in (one for one in tables if self._is_owned(one)):
            keys = self.field.key_columns(table) | {*table.primary_key}
            told = is_board(view.table) or is_board(table.table)
            for name, source in stored.items():
                column = table.column(source)
                if column is None or source in keys:
                    continue
                others = tuple(one for one in tables if one != table and one.column(source))
                yield Shown(name, table, source, others, content=not told and is_content(column))

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

    def _hides(self, shown: Shown, row: SyntheticRow, given: Given, reader: Person | None) -> bool:
        """Whether none of the tables that may have shown a value lets who reads the view have it."""
        if any(self._read(one, given, reader)[0] for one in shown.others):
            return False
        _, known = self._read(shown.table, given, reader)
        return known.isdisjoint(self.field.labels.of(shown.table.name, row.stored))

    def _read(self, table: Relation, given: Given, reader: Person | None) -> tuple[bool, frozenset[str]]:
        """Return whether there are rows that a table shows to who reads the view, and whose they are."""
        actor, before = given
        if (given, table.name) not in self._seen:
            rows: tuple[str, ...] = ()
            if actor.role in table.readable:
                rows = self.field.runner.one(Attempt(actor, (read(table),), before=before)).rows
            foreign = self.field.recognition.foreign
            whose = frozenset[str]().union(*(foreign(table, json.loads(text), reader) for text in rows))
            self._seen[given, table.name] = (bool(rows), whose)
        return self._seen[given, table.name]


def _naming(person: Person | None) -> frozenset[str]:
    """Return what names a person, and her tenants."""
    if person is None:
        return frozenset()
    tenants = (key for one in person.tenants for key in (one.uuid, one.number, one.slug))
    return keys_of((person.uuid, person.number, person.email, *tenants))
