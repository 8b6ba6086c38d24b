"""Fills a copy of the target with rows of several people, and remembers what is in it."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence, Relation
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB, CAROL, NEWCOMER, PEOPLE
from pytest_readiness.evidence.population import Population, SyntheticRow
from pytest_readiness.gather.attacks.attempts import install, watch
from pytest_readiness.gather.synthesis.rows import CannotFillError, RowMaker
from pytest_readiness.target.quoting import literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from pytest_readiness.evidence.people import Person

_FEW = 500
"""Rows of a relation that are compared whole; of a bigger one only those of the people put in it."""


@gatherer(strength=Strength.ATTACKED)
def population(target: Target, catalog: CatalogEvidence, owners: Owners) -> Population:
    """Sign people up, and give each a row wherever it may have one."""
    connection = target.database()
    filler = _Filler(connection, catalog, owners, target)
    filler.fill()
    for relation in catalog.relations:
        if relation.kind == "materialized view":
            # One that cannot be refreshed is judged as it is.
            with contextlib.suppress(psycopg.Error):
                connection.execute(f"refresh materialized view {relation.name}".encode())
    connection.execute("analyze")
    install(connection)
    tables = [relation for relation in catalog.relations if relation.kind in TABLE_KINDS]
    watch(connection, {relation.name: filler.watched(relation) for relation in tables})
    held = connection.execute("select relation, rows from readiness_attempts.watched").fetchall()
    found = Population(
        database=connection.info.dbname,
        rows=filler.rows,
        unfilled=filler.unfilled,
        held={name: _rows(rows) for name, rows in held},
    )
    connection.close()
    return found


def _rows(by_id: dict[str, str]) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(text) for text in by_id.values())


class _Filler:
    def __init__(
        self, connection: psycopg.Connection, catalog: CatalogEvidence, owners: Owners, target: Target
    ) -> None:
        self.connection = connection
        self.catalog = catalog
        self.owners = owners
        self.maker = RowMaker(connection, catalog, owners, target.profile.users, target.seed)
        self.rows: dict[tuple[str, str], SyntheticRow] = {}
        self.unfilled: dict[str, str] = {}

    def fill(self) -> None:
        """Make everybody's rows."""
        for person in PEOPLE:
            self.maker.sign_up(person)
        belonging = {membership.relation for membership in self.owners.memberships}
        for relation in self.catalog.relations:
            if relation.kind not in TABLE_KINDS or relation.name not in self.owners.owned:
                continue
            people: list[Person] = [ALICE, BOB]
            people += [CAROL] if relation.name in belonging | set(self.owners.people) else []
            people += [NEWCOMER] if relation.name in set(self.owners.people) - belonging else []
            self._fill(relation, people)

    def _fill(self, relation: Relation, people: list[Person]) -> None:
        for person in people:
            try:
                row = self.maker.make(relation, person)
            except CannotFillError as error:
                if person in {ALICE, BOB}:
                    self.unfilled[relation.name] = str(error)
                continue
            self.rows[relation.name, person.name] = SyntheticRow(
                row.where, row.sql, self.maker.setup(relation, person), row.canaries, dict(row.stored)
            )

    def watched(self, relation: Relation) -> str:
        """Return the query of the rows that are compared after each attempt."""
        query = f"select t.tableoid::text || t.ctid::text, to_jsonb(t.*)::text from {relation.name} t"
        if not self._big(relation):
            return query
        own = [f"({row.where})" for (name, _), row in self.rows.items() if name == relation.name]
        owned = self.owners.owned.get(relation.name)
        for column in relation.columns:
            keys = [p.key(column.type) for p in PEOPLE] if owned and column.name in owned.users else []
            if owned and column.name in owned.tenants:
                keys = [p.tenant.key(column.type) for p in PEOPLE if p.tenant]
            own += [f"t.{column.quoted}::text = {literal(str(key))}" for key in keys]
        return f"{query} where {' or '.join(own) or 'false'}"

    def _big(self, relation: Relation) -> bool:
        found = self.connection.execute(
            f"select count(*) > {_FEW} from (select from {relation.name} limit {_FEW + 1}) t".encode()
        ).fetchone()
        return bool(found and found[0])
