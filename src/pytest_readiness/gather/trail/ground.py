"""A copy of the target, who acts in it, and one log there, as all who try a trail have them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.gather.synthesis.outside import confine
from pytest_readiness.gather.synthesis.rows import RowMaker
from pytest_readiness.gather.trail.people import People

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.target.target import Target


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a trail is tried.

    Attributes:
        target: Of which the database is a copy.
        catalog: Of the target.
        owners: Whose rows are whose.
        connection: Of a superuser, to the copy.
        people: Who act.
    """

    target: Target
    catalog: CatalogEvidence
    owners: Owners
    connection: psycopg.Connection
    people: People

    @classmethod
    def of(cls, target: Target, catalog: CatalogEvidence, owners: Owners) -> Ground:
        """Return a fresh copy."""
        connection = target.database()
        confine(connection, catalog, target.built.owner)
        return cls(target, catalog, owners, connection, People(target, catalog, owners))

    def maker(self) -> RowMaker:
        """Return what makes rows; it knows those of one transaction."""
        return RowMaker(
            self.connection, self.catalog, self.owners, self.target.profile.users, self.target.seed
        )


@dataclass(frozen=True, slots=True)
class LogGround:
    """One log there, in a transaction that is rolled back.

    Attributes:
        people: Who act.
        connection: Of a superuser, in the transaction.
        catalog: Of the target.
        log: The log.
        audited: The tables that it tells of.
        maker: Makes rows in them.
    """

    people: People
    connection: psycopg.Connection
    catalog: CatalogEvidence
    log: Relation
    audited: Sequence[Relation]
    maker: RowMaker

    def count(self) -> int:
        """Return how many entries there are."""
        return entries_in(self.connection, self.log.name)


def entries_in(connection: psycopg.Connection, log: str) -> int:
    """Return how many entries a log holds."""
    found = connection.execute(f"select count(*) from {log}".encode()).fetchone()
    return int(found[0]) if found else 0


def documents_in(connection: psycopg.Connection, table: str) -> Counter[str]:
    """Return all rows of a table as JSON, with how often each is there."""
    found = connection.execute(f"select to_jsonb(t.*)::text from {table} t".encode())
    return Counter(text for (text,) in found.fetchall())
