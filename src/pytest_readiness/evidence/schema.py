"""What the catalog says beside relations, policies and functions: who may use them, indexes, extensions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role of the API may do with a relation of a schema that it may use."""

    relation: str
    role: str
    privileges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a schema that a role of the API may use, and that it may execute."""

    function: str
    role: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index.

    Attributes:
        columns: Names of its plain columns in order, up to the first expression.
        sameness: All that its definition says, without its name.
        serves: Whether a constraint stands on it, or it forbids duplicates.
        scans: How often it was scanned.
        first: What it begins with: the quoted name of a column, or an expression.
        constraint: Whether a constraint stands on it.
        bound: Whether it cannot go: a primary key, an EXCLUDE, or what a foreign key or replication needs.
        immediate: Whether duplicates are refused at once, not only at the end of a transaction.
    """

    name: str
    relation: str
    columns: tuple[str, ...]
    sameness: str
    serves: bool
    partial: bool
    valid: bool
    scans: int
    first: str = ""
    constraint: bool = False
    bound: bool = False
    immediate: bool = True


@dataclass(frozen=True, slots=True)
class Extension:
    """An installed extension; ``default`` is the version that the server would install now."""

    name: str
    schema: str
    installed: str
    default: str
    movable: bool


@dataclass(frozen=True, slots=True)
class StoragePolicy:
    """A policy for SELECT on the files of the platform's storage."""

    name: str
    roles: tuple[str, ...]
    using: str


@dataclass(frozen=True, slots=True)
class SchemaEvidence:
    """All of it.

    Attributes:
        roles: Roles that requests of the API run as.
        exposed: Schemas that the API shows.
        unguarded: What roles of the API may do with tables in the platform's schemas without row security.
        views_of_users: Views and materialized views that look at the platform's table of users.
        users_as_caller: Views of those, and a role each that may read by itself what they show of the users.
        odd_types: Columns of types that a major upgrade refuses: relation, column, type.
        loose_references: Foreign keys to a unique column of the platform's that is no key: relation, name.
        listed_buckets: Names of public buckets.
        storage: Policies on their files.
        absent: Why there is nothing to audit; empty when there is.
    """

    roles: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    unguarded: tuple[Grant, ...] = ()
    calls: tuple[Call, ...] = ()
    indexes: tuple[Index, ...] = ()
    extensions: tuple[Extension, ...] = ()
    views_of_users: tuple[str, ...] = ()
    users_as_caller: tuple[tuple[str, str], ...] = ()
    odd_types: tuple[tuple[str, str, str], ...] = ()
    loose_references: tuple[tuple[str, str], ...] = ()
    listed_buckets: tuple[str, ...] = ()
    storage: tuple[StoragePolicy, ...] = ()
    absent: str = ""

    def held(self, relation: str) -> dict[str, tuple[str, ...]]:
        """Return what each role of the API may do with a relation."""
        return {grant.role: grant.privileges for grant in self.grants if grant.relation == relation}
