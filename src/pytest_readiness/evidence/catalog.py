"""What the database's own catalog says: relations, keys, policies and who may read what."""

from __future__ import annotations

from dataclasses import dataclass

TABLE_KINDS = frozenset({"table", "partitioned table"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a statement can name.

    Attributes:
        quoted: The name as it stands in a statement.
        type: As ``format_type`` spells it, domains resolved to their base type.
        kind: ``b`` base, ``e`` enum, ``c`` composite, ``r`` range, ``m`` multirange.
        writable: False for generated columns and identities that refuse a value.
        labels: Of an enum, in order.
    """

    name: str
    quoted: str
    type: str
    kind: str
    not_null: bool
    default: str
    writable: bool
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from columns of one relation to columns of another."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckConstraint:
    """A CHECK with the columns that it names and its text."""

    name: str
    columns: tuple[str, ...]
    definition: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A row-level security policy, as ``pg_policies`` shows it."""

    name: str
    command: str
    roles: tuple[str, ...]
    permissive: bool
    using: str
    check: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger with the function that it runs; ``enabled`` is ``O``, ``A``, ``R`` or ``D``."""

    name: str
    function: str
    body: str
    enabled: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation outside the system schemas.

    Attributes:
        name: Schema-qualified, quoted where needed, so that it can stand in a statement.
        kind: table, partitioned table, view, materialized view, foreign table.
        parent: The relation that it is a partition or an inheritance child of; else empty.
        bounds: Which rows a partition takes, or any partition of it, as SQL; else empty.
        readable: Of each client role, the columns that it may select; absent when none.
    """

    schema: str
    table: str
    name: str
    kind: str
    owner: str
    rls: bool
    parent: str
    bounds: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    foreign_keys: tuple[ForeignKey, ...]
    checks: tuple[CheckConstraint, ...]
    policies: tuple[Policy, ...]
    triggers: tuple[Trigger, ...]
    readable: dict[str, tuple[str, ...]]

    def column(self, name: str) -> Column | None:
        """Return the column with this name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class CatalogEvidence:
    """All relations outside the system schemas, by name in order."""

    relations: tuple[Relation, ...]
    server_version: int

    def relation(self, name: str) -> Relation | None:
        """Return the relation with this schema-qualified name."""
        return next((relation for relation in self.relations if relation.name == name), None)
