"""A copy of the target and who acts in it, as all who try a trail have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.gather.synthesis.outside import confine
from pytest_readiness.gather.synthesis.rows import RowMaker
from pytest_readiness.gather.trail.people import People

if TYPE_CHECKING:
    import psycopg

    from pytest_readiness.evidence.catalog import CatalogEvidence
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
