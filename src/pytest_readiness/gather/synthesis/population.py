"""Fills a copy of the target with rows of several people, and remembers what is in it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence, Relation
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import (
    ALICE,
    BOB,
    CAROL,
    DANA,
    DANA_IN_BLUE,
    NEWCOMER,
    NOBODY,
    PEOPLE,
)
from pytest_readiness.evidence.population import Population, SyntheticRow
from pytest_readiness.gather.attacks.attempts import Attempt, install, watch
from pytest_readiness.gather.attacks.cast import Cast
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.gather.synthesis.acting import introductions
from pytest_readiness.gather.synthesis.bulk import try_all
from pytest_readiness.gather.synthesis.claimed import forms_of_claims
from pytest_readiness.gather.synthesis.contents import HIGH
from pytest_readiness.gather.synthesis.controls import controls
from pytest_readiness.gather.synthesis.entitled import entitle, ranked
from pytest_readiness.gather.synthesis.least_ranks import least
from pytest_readiness.gather.synthesis.outside import confine
from pytest_readiness.gather.synthesis.privileges import privileges_in
from pytest_readiness.gather.synthesis.refusals import found_by
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.synthesis.rows import RowMaker
from pytest_readiness.gather.synthesis.spare_rows import spares
from pytest_readiness.gather.synthesis.standing import standing
from pytest_readiness.gather.synthesis.values import holds_text, text_of
from pytest_readiness.judges.owners.entitlements import entitlements, shipped_ranks
from pytest_readiness.judges.owners.funds import funds
from pytest_readiness.judges.owners.namesakes import named_elsewhere
from pytest_readiness.judges.owners.tenancy import ranks, rights
from pytest_readiness.judges.sql.texts import texts_of
from pytest_readiness.target.quoting import literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.catalog import Column, ForeignKey
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.least_ranks import Least

_PLENTY = ("1000000", "1000", "10")
_FEW = 500
"""Rows of a relation that are compared whole; of a bigger one only those of the people put in it."""


@gatherer(strength=Strength.ATTACKED)
def population(target: Target, catalog: CatalogEvidence, owners: Owners) -> Population:
    """Sign people up, and give each a row wherever it may have one.

    A row in a list such as one of administrators is a privilege. Where it is one or turns out to be
    one, nobody but carol is on the list; where what a row says gives rights, it says what gives none.
    What owners do not see of their own is put into a state in which they do. For either, the target is
    filled again.
    """
    lists = frozenset(_lists(catalog, owners))
    found = _filled(target, catalog, owners, lists, {})
    with Field(target, catalog, owners, found) as field:
        if not field.cast.declared:
            return found
        if barred := _barred(field):
            return replace(found, barred=barred)
        field.cast.forms = forms = forms_of_claims(field)
        privileges = frozenset(privileges_in(field))
        known = least(field, privileges)
        privileges = lists | (privileges - known.keys())
    filled = partial(_filled, target, catalog, owners, privileges, known)
    if privileges != lists or known:
        found = filled()
    found = replace(found, forms=forms)
    with Field(target, catalog, owners, found) as field:
        field.cast.ranks = standing(field)
        found = replace(found, ranks=field.cast.ranks)
        made = controls(field)
    changed = filled(made.changes) if made.changes else found
    return replace(changed, ranks=found.ranks, forms=forms, raised=made.raised)


def _barred(field: Field) -> str:
    """Say why nobody can become a user of the target; nothing if alice can."""
    alice = field.cast.user(ALICE)
    outcome = field.runner.one(Attempt(alice, ()))
    if not outcome.state:
        return ""
    said = f"nobody can become a user: as {alice.role}, {outcome.state} {outcome.message}"
    return f"{said}; correct `role` and `become` in [isolation.session]"


def _filled(
    target: Target,
    catalog: CatalogEvidence,
    owners: Owners,
    privileges: frozenset[str],
    known: Mapping[str, Least],
    states: tuple[tuple[str, str, tuple[str, ...]], ...] = (),
) -> Population:
    if texts_of(catalog).uncancellable:
        target.watch()
    connection = target.database()
    confine(connection, catalog, target.built.owner)
    filler = _Filler(connection, catalog, owners, target)
    filler.fill(privileges, known)
    filler.tie()
    filler.entitle()
    filler.enrich()
    for name, person, changes in states:
        filler.change(name, person, changes)
    tables = [relation for relation in catalog.relations if relation.kind in TABLE_KINDS]
    _settle(connection, catalog, tables)
    filler.measure()
    spare = [*spares(filler.maker, tables)]
    install(connection)
    watch(connection, {relation.name: filler.watched(relation) for relation in tables})
    held = connection.execute("select relation, rows from readiness_attempts.watched").fetchall()
    found = Population(
        database=connection.info.dbname,
        rows=filler.rows,
        unfilled=filler.unfilled,
        held={name: _rows(rows) for name, rows in held},
        spare={name: made for name, made, _ in spare if made},
        unmade={name: why for name, _, why in spare if why},
    )
    connection.close()
    return found


def _settle(connection: psycopg.Connection, catalog: CatalogEvidence, tables: list[Relation]) -> None:
    """Bring up to date what the server keeps of rows: stored views, and what it counts."""
    for relation in catalog.relations:
        if relation.kind == "materialized view":
            # One that cannot be refreshed is judged as it is.
            with contextlib.suppress(psycopg.Error):
                connection.execute(f"refresh materialized view {relation.name}".encode())
    if tables:
        connection.execute(f"analyze {', '.join(relation.name for relation in tables)}".encode())


def _lists(catalog: CatalogEvidence, owners: Owners) -> Iterator[str]:
    """Yield lists of users that say nothing of them and that no client writes: who is on one is special."""
    belonging = {membership.relation for membership in owners.memberships}
    texts = texts_of(catalog)
    for relation in catalog.relations:
        if relation.name not in set(owners.people) - belonging or relation.name not in texts.deciding:
            continue
        written = any(held.insert or held.update for held in relation.privileges.values())
        keys = relation.link_columns
        says = [c for c in relation.columns if c.name not in keys and not c.type.startswith(("time", "date"))]
        if not written and not says and relation.kind in TABLE_KINDS:
            yield relation.name


def _rows(by_id: dict[str, str]) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(text) for text in by_id.values())


class _Filler:
    def __init__(
        self, connection: psycopg.Connection, catalog: CatalogEvidence, owners: Owners, target: Target
    ) -> None:
        self.connection = connection
        self.catalog = catalog
        self.owners = owners
        texts = texts_of(catalog)
        high = ranked(connection, shipped_ranks(catalog, texts, owners))
        high |= ranks(catalog, texts, owners.memberships)
        cast = Cast(target, catalog, texts_of(catalog), owners)
        said = introductions(None if target.profile.clients else target.session, cast.user)
        self.maker = RowMaker(
            connection,
            catalog,
            owners,
            target.profile.users,
            target.seed,
            high,
            said,
            repeated=named_elsewhere(catalog, owners),
        )
        self.rows: dict[tuple[str, str], SyntheticRow] = {}
        self.unfilled: dict[str, str] = {}
        self.big: frozenset[str] = frozenset()

    def fill(self, privileges: frozenset[str], known: Mapping[str, Least]) -> None:
        """Make everybody's rows; in lists of the privileged only carol's, in others what all are."""
        self.maker = replace(self.maker, withheld=privileges, least=known)
        for person in PEOPLE:
            if person is not DANA or self._several:
                self.maker.sign_up(person)
        wanted = {
            relation.name: (relation, self._holders(relation, privileges))
            for relation in self.catalog.relations
            if relation.kind in TABLE_KINDS and relation.name in self.owners.owned
        }
        try_all(self.maker, ((relation, p) for relation, people in wanted.values() for p in people))
        for relation, people in wanted.values():
            self._fill(relation, people)
        self._note([(relation, p) for relation, people in wanted.values() for p in people])

    def _holders(self, relation: Relation, privileges: frozenset[str]) -> list[Person]:
        """Return who gets a row."""
        if relation.name in privileges:
            return [CAROL]
        belonging = {membership.relation for membership in self.owners.memberships}
        people: list[Person] = [ALICE, BOB]
        people += [CAROL] if relation.name in belonging | set(self.owners.people) else []
        # Who has a tenant of his own is in one.
        listed = self.owners.people.keys() - belonging - self.owners.roots.keys()
        people += [NEWCOMER] if relation.name in listed else []
        if relation.name in self._several:
            people += [DANA, DANA_IN_BLUE]
        elif self._several and self._names_both(relation):
            people += [DANA]
        return people + ([NOBODY] if self._may_be_nobodys(relation) else [])

    def entitle(self) -> None:
        """Give whoever has rank in a tenant all rights that he may have there."""
        switches = rights(self.catalog, texts_of(self.catalog), self.owners.memberships)
        for name, columns in switches.items():
            for person in HIGH:
                row = self.rows.get((name, person.name))
                for column in columns if row else ():
                    if row and row.where:
                        self.change(name, person.name, change(name, column, "true", row).statements)
        for entitlement in entitlements(self.catalog, texts_of(self.catalog), self.owners):
            for person in HIGH:
                row = self.rows.get((entitlement.relation.name, person.name))
                if row and row.where:
                    put = tuple(f"{insert};" for insert in entitle(self.maker, entitlement, row))
                    self.rows[entitlement.relation.name, person.name] = replace(row, setup=(*row.setup, *put))

    def tie(self) -> None:
        """Let rows of one person refer to each other both ways: the first was made before the second.

        What refers to its own table is a tree, and a row that was its own parent would have no end.
        """
        for relation in self.catalog.relations:
            for key in relation.foreign_keys if relation.name in self.owners.owned else ():
                target = self.catalog.relation(key.target) if key.target != relation.name else None
                back = target is not None and any(one.target == relation.name for one in target.foreign_keys)
                if back and len(key.columns) == 1 and texts_of(self.catalog).mentions(key.columns[0]):
                    for person in PEOPLE:
                        self._refer(relation, key, person.name)

    def _refer(self, relation: Relation, key: ForeignKey, person: str) -> None:
        """Set a reference that is empty to the person's own row."""
        row, other = self.rows.get((relation.name, person)), self.rows.get((key.target, person))
        column = relation.column(key.columns[0])
        if column and row and other and row.where and row.texts.get(column.name) is None:
            value = literal(other.texts.get(key.target_columns[0]))
            update = f"update {relation.name} set {column.quoted} = {value} where {row.where}"
            self.change(relation.name, person, (update,))

    def enrich(self) -> None:
        """Give alice and bob some of what their rows would have nothing of: else code could not take it."""
        for relation in self.catalog.relations:
            for column in funds(relation) if relation.name in self.owners.owned else ():
                for person in (ALICE, BOB) if texts_of(self.catalog).mentions(column.name) else ():
                    self._endow(relation.name, column, person.name)

    def _endow(self, relation: str, column: Column, person: str) -> None:
        """Set a number that is nothing yet to the largest that its column takes."""
        for much in _PLENTY:
            row = self.rows.get((relation, person))
            if row and row.where and row.stored[column.name] == 0:
                self.change(relation, person, change(relation, column, much, row).statements)

    @cached_property
    def _several(self) -> frozenset[str]:
        """Tables of memberships in which a user may have more than one."""
        belonging = {membership.relation for membership in self.owners.memberships}
        return frozenset(belonging - set(self.owners.people))

    def _names_both(self, relation: Relation) -> bool:
        """Whether rows name a user and, beside it, a tenant."""
        owned = self.owners.owned[relation.name]
        known = {*self.owners.people, *self.owners.roots}
        return bool(owned.users and owned.tenants) and relation.name not in known

    def change(self, relation: str, person: str, changes: tuple[str, ...]) -> None:
        """Bring a row into another state, and read it anew."""
        row = self.rows.get((relation, person))
        found = self.catalog.relation(relation)
        if row is None or found is None:
            return
        update = f"update {relation} "
        stored = None
        try:
            with self.connection.transaction():
                for statement in changes:
                    if statement.startswith(update):
                        returning = f"{statement} returning to_jsonb({relation}.*)"
                        stored = self.connection.execute(returning.encode()).fetchone()
                    else:
                        self.connection.execute(statement.encode())
        except psycopg.Error:
            return  # it stays as it was
        if stored:
            texts = {column.name: text_of(column, stored[0][column.name]) for column in found.columns}
            setup = (*row.setup, *(f"{statement};" for statement in changes))
            at = found_by(found, texts)
            self.rows[relation, person] = replace(row, where=at, stored=stored[0], texts=texts, setup=setup)

    def _may_be_nobodys(self, relation: Relation) -> bool:
        """Whether a row may leave its owner open, and needs no parent that is owned."""
        owned = self.owners.owned[relation.name]
        if owned.via or not owned.columns or relation.name in {*self.owners.people, *self.owners.roots}:
            return False
        references = {name for key in relation.foreign_keys for name in key.columns}
        keys = references | set(owned.columns)
        open_ = {
            c.name for c in relation.columns if not c.not_null or (holds_text(c) and c.name not in references)
        }
        return keys <= open_

    def _fill(self, relation: Relation, people: list[Person]) -> None:
        for person in people:
            try:
                self.maker.make(relation, person)
            except CannotFillError as error:
                if person in {ALICE, BOB}:
                    self.unfilled[relation.name] = str(error)

    def _note(self, wanted: list[tuple[Relation, Person]]) -> None:
        """Remember the rows as they are at the end: some were made richer for the sake of others."""
        made = []
        for relation, person in wanted:
            with contextlib.suppress(CannotFillError):
                made.append((relation, person, self.maker.make(relation, person)))
        ancestry = self.maker.ancestry()
        for relation, person, row in made:
            setup = self.maker.setup(relation, person, ancestry)
            self.rows[relation.name, person.name] = SyntheticRow(
                row.where, row.sql, setup, row.canaries, dict(row.stored), dict(row.texts)
            )

    def watched(self, relation: Relation) -> tuple[str, str]:
        """Return the rows that are compared after each attempt: what follows FROM, and their text."""
        source, text = f"{relation.name} t", "to_jsonb(t.*)::text"
        if relation.name not in self.big:
            return source, text
        own = [f"({row.where})" for (name, _), row in self.rows.items() if name == relation.name]
        owned = self.owners.owned.get(relation.name)
        for column in relation.columns:
            keys = [p.key(column.type) for p in PEOPLE] if owned and column.name in owned.users else []
            if owned and column.name in owned.tenants:
                keys = [p.tenant.key(column.type) for p in PEOPLE if p.tenant]
            own += [f"t.{column.quoted}::text = {literal(str(key))}" for key in keys]
        return f"{source} where {' or '.join(own) or 'false'}", text

    def measure(self) -> None:
        """Ask which relations hold many rows; their statistics were just made."""
        found = self.connection.execute(
            "select format('%%I.%%I', nspname, relname) from pg_class "
            "join pg_namespace on pg_namespace.oid = relnamespace where reltuples > %s",
            (_FEW,),
        )
        self.big = frozenset(name for (name,) in found.fetchall())
