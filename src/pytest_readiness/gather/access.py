"""Reads every relation as its owner, as another user, as a newcomer and as nobody."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.access import AccessEvidence, Read, RelationAccess
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence, Relation
from pytest_readiness.evidence.population import Population, SyntheticRow
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.values import is_text
from pytest_readiness.target.identities import ALICE, BOB, NEWCOMER, Identity, Person, acting_as
from pytest_readiness.target.quoting import literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

UNDECLARED = (
    "settings do not say how the application becomes a user; add [isolation.session] with "
    'role = "app_user" and become = "select set_config(\'app.user_id\', %(user)s, true)"'
)
_LIMIT = 20_000
"""Rows of one relation that are looked at; the synthetic ones come first or the read is marked."""

_PUBLIC_NAME = re.compile(r"publish|public|visib|listed|shared|open|active|enabled", re.IGNORECASE)
_PUBLIC_VALUE = re.compile(
    r"^(public|published|visible|open|listed|everyone|all|active|shared)$", re.IGNORECASE
)


@gatherer(strength=Strength.ATTACKED, shards=4)
def access(target: Target, shard: Shard, catalog: CatalogEvidence, population: Population) -> AccessEvidence:
    """Read the relations of this shard as each actor, in transactions that are rolled back."""
    key_type = _key_type(catalog, population)
    actors = list(_actors(target, key_type))
    if not any(identity.name == BOB.name for identity in actors):
        return AccessEvidence((), undeclared=UNDECLARED)
    connection = target.database(population.database)
    judged = [relation for relation in catalog.relations if relation.name not in population.public]
    reader = _Reader(connection, catalog, population, actors)
    return AccessEvidence(
        tuple(reader.relation(relation) for relation in shard.part(judged)),
        absent="" if judged or not target.built.migrations.whole else "the target has no relations",
    )


def _actors(target: Target, key_type: str) -> Iterator[Identity]:
    for person in (ALICE, BOB, NEWCOMER):
        identity = target.identity(person, key_type)
        if identity:
            yield identity
    nobody = target.anonymous()
    if nobody:
        yield nobody


def _key_type(catalog: CatalogEvidence, population: Population) -> str:
    """Return the commonest type of the columns that hold an owner's key."""
    types = [
        column.type
        for relation in catalog.relations
        for name in population.owner_columns.get(relation.name, ())[:1]
        if (column := relation.column(name))
    ]
    return max(sorted(set(types)), key=types.count, default="uuid")


class _Reader:
    """Reads relations of one populated database.

    Attributes:
        actors: Alice first, who owns; then everybody who must not see what is hers.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        catalog: CatalogEvidence,
        population: Population,
        actors: list[Identity],
    ) -> None:
        self.connection = connection
        self.catalog = catalog
        self.population = population
        self.actors = actors
        self.canaries = {name: population.canaries(name) for name in (ALICE.name, BOB.name)}

    def relation(self, relation: Relation) -> RelationAccess:
        """Make all reads of one relation."""
        row = self.population.rows.get((relation.name, ALICE.name))
        hers = self._rows_of(relation, ALICE, row)
        reads = tuple(self._read(relation, actor, hers, row) for actor in self.actors)
        leaked = next((read for read in reads if read.foreign), None)
        return RelationAccess(
            relation=relation.name,
            kind=relation.kind,
            owned_by=self.population.owned.get(relation.name, "") or self._derived(relation, hers),
            nobodys=relation.name in self.population.nobodys,
            keys_only=self._keys_only(relation),
            rows=len(hers),
            unfilled=self.population.unfilled.get(relation.name, ""),
            published_by=self._published(relation, row, leaked.actor) if leaked and row else "",
            policies=tuple(_client_policies(relation)),
            reads=reads,
        )

    def _keys_only(self, relation: Relation) -> bool:
        """Whether clients may select only owners, references and keys that the server draws."""
        keys = set(self.population.owner_columns.get(relation.name, ()))
        keys |= {name for key in relation.foreign_keys for name in key.columns}
        keys |= {c.name for c in relation.columns if c.name in relation.primary_key and not is_text(c)}
        keys |= {c.name for c in relation.columns if c.type == "uuid"}
        readable = {name for columns in relation.readable.values() for name in columns}
        return relation.kind in TABLE_KINDS and bool(readable) and readable <= keys

    def _derived(self, relation: Relation, hers: frozenset[str]) -> str:
        return (
            "its rows show values of rows that are owned" if relation.kind not in TABLE_KINDS and hers else ""
        )

    def _rows_of(self, relation: Relation, person: Person, row: SyntheticRow | None) -> frozenset[str]:
        """Return the person's rows as text, as a superuser sees them, in the columns a client may read."""
        expression = _expression(relation)
        if relation.kind not in TABLE_KINDS:
            found = self._all(f"select {expression} from {relation.name} t limit {_LIMIT}", person)
            return frozenset(text for text in found if self._shows(text, person))
        conditions = [f"({row.where})"] if row else []
        for name in self.population.owner_columns.get(relation.name, ()):
            column = relation.column(name)
            if column:
                conditions.append(f"{column.quoted} = {literal(str(person.key(column.type)))}")
        if not conditions:
            return frozenset()
        return frozenset(
            self._all(f"select {expression} from {relation.name} t where {' or '.join(conditions)}", person)
        )

    def _shows(self, text: str, person: Person) -> bool:
        keys = {person.uuid, str(person.number)}
        return any(mark in text for mark in self.canaries[person.name] | keys)

    def _all(self, sql: str, person: Person) -> list[str]:
        """Read as superuser with a person's claims, since a view may filter by them.

        A view that fails shows nothing here, and fails for its readers too.
        """
        identity = next(actor for actor in self.actors if actor.name == person.name)
        everything = replace(identity, login="", role="")
        try:
            with acting_as(self.connection, everything) as connection:
                return [row[0] for row in connection.execute(sql.encode()).fetchall()]
        except psycopg.Error:
            return []

    def _read(
        self, relation: Relation, actor: Identity, hers: frozenset[str], row: SyntheticRow | None
    ) -> Read:
        sql = f"select {_expression(relation)} from {relation.name} t limit {_LIMIT}"
        try:
            with acting_as(self.connection, actor) as connection:
                seen = {found[0] for found in connection.execute(sql.encode()).fetchall()}
        except psycopg.Error as error:
            message = (error.diag.message_primary or str(error)).split("\n")[0]
            return Read(
                actor.name,
                0,
                0,
                sqlstate=error.sqlstate or "08006",
                message=message,
                sql=_script(relation, actor, row),
            )
        mine = seen & hers
        if actor.name == ALICE.name:
            return Read(actor.name, len(mine), 0, sql=_script(relation, actor, row))
        his = self._rows_of(relation, BOB, self.population.rows.get((relation.name, BOB.name)))
        foreign = mine - his
        return Read(
            actor.name,
            own=len(seen & his) if actor.name == BOB.name else 0,
            foreign=len(foreign),
            victim=ALICE.name if foreign else "",
            canary=self._canary(foreign),
            sql=_script(relation, actor, row),
        )

    def _canary(self, rows: AbstractSet[str]) -> str:
        found = sorted(mark for mark in self.canaries[ALICE.name] if any(mark in text for text in rows))
        return found[0] if found else ""

    def _published(self, relation: Relation, row: SyntheticRow, actor_name: str) -> str:
        """Tell whether one column decides that a row is for everybody, and says so by its name."""
        actor = next(actor for actor in self.actors if actor.name == actor_name)
        text = " ".join(policy.using for policy in relation.policies)
        for column in relation.columns:
            named = re.search(rf"(?<!\w){re.escape(column.quoted)}(?!\w)", text)
            if not named or not column.writable:
                continue
            for value, other in _values_of(column.type, column.labels, text):
                public = _PUBLIC_NAME.search(column.name) if value == "true" else _PUBLIC_VALUE.match(value)
                if public and self._hidden_with(relation, row, actor, column.quoted, value, other):
                    return f"{column.quoted} = {value}"
        return ""

    def _hidden_with(
        self, relation: Relation, row: SyntheticRow, actor: Identity, column: str, value: str, other: str
    ) -> bool:
        """Whether the row has the public value, and disappears for the actor with another one."""
        connection = self.connection
        connection.execute("begin")
        try:
            changed = connection.execute(
                f"update {relation.name} set {column} = {literal(other)} "
                f"where ({row.where}) and {column} = {literal(value)}".encode()
            ).rowcount
            connection.execute(actor.script().encode())
            seen = connection.execute(f"select 1 from {relation.name} where {row.where}".encode())
            return changed == 1 and seen.fetchone() is None
        except psycopg.Error:
            return False
        finally:
            connection.execute("rollback")


def _values_of(column_type: str, labels: tuple[str, ...], text: str) -> Iterator[tuple[str, str]]:
    """Yield pairs of a value that may publish a row and one that may not."""
    if column_type == "boolean":
        yield "true", "false"
        return
    named = re.findall(r"'((?:[^']|'')+)'", text)
    for value in dict.fromkeys(named):
        for other in [label for label in labels if label not in named] or ["private", "draft"]:
            yield value, other


def _client_policies(relation: Relation) -> Iterator[str]:
    for policy in relation.policies:
        if policy.command in {"SELECT", "ALL"} and set(policy.roles) & {"public", *relation.readable}:
            yield policy.name


def _expression(relation: Relation) -> str:
    """Return a whole row as text, of the columns that any client may select, or of all."""
    readable = {name for columns in relation.readable.values() for name in columns}
    columns = [c for c in relation.columns if c.name in readable or not readable]
    return "jsonb_build_array(" + ", ".join(f"t.{column.quoted}" for column in columns[:100]) + ")::text"


def _script(relation: Relation, actor: Identity, row: SyntheticRow | None) -> str:
    """Return what a person pastes, as superuser, into a copy of the target."""
    before = row.setup if row else ()
    condition = f" where {row.where}" if row else ""
    return "\n".join(
        [
            "begin;",
            *before,
            actor.script(),
            f"select * from {relation.name}{condition};",
            "rollback;",
        ]
    )
