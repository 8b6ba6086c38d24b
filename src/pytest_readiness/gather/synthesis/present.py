"""Rows that are there already: of the platform, of triggers, and those that migrations brought along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.gather.synthesis.values import text_of
from pytest_readiness.judges.owners.entitlements import said_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from pytest_readiness.evidence.catalog import CatalogEvidence, ForeignKey, Relation
    from pytest_readiness.evidence.ownership import Owners


class Present:
    """Looks for rows.

    Args:
        connection: Of a superuser.
        catalog: Of what is looked at.
        owners: Whose rows are whose.
    """

    def __init__(self, connection: psycopg.Connection, catalog: CatalogEvidence, owners: Owners) -> None:
        self._connection = connection
        self._catalog = catalog
        self._owners = owners
        self._ranks: dict[str, Mapping[str, str | None] | None] = {}

    def first(self, relation: str, condition: str = "true", order: str = "") -> Mapping[str, Any] | None:
        """Return a row of a relation, as JSON has it; None where there is none."""
        row = self._connection.execute(
            f"select to_jsonb(t.*) from {relation} t where {condition} {order} limit 1".encode()
        ).fetchone()
        return row[0] if row else None

    def shipped(
        self, relation: Relation, key: ForeignKey, target: Relation
    ) -> Mapping[str, str | None] | None:
        """Return the rank of which migrations say most, for whoever belongs to a tenant.

        One that is made up beside them has no meaning to code, or one that nobody gave it.
        """
        belonging = {membership.relation for membership in self._owners.memberships}
        if relation.name not in belonging or target.name not in self._owners.nobodys or len(key.columns) > 1:
            return None
        if target.name not in self._ranks:
            found = self.first(target.name, order=self._most_said(target))
            self._ranks[target.name] = found and {
                column.name: text_of(column, found[column.name]) for column in target.columns
            }
        return self._ranks[target.name]

    def _most_said(self, target: Relation) -> str:
        """Return the order in which the row comes first that other lists refer to most."""
        counts = [
            f"(select count(*) from {name} s where s.{column} = t.{there})"
            for name, column, there in said_of(self._catalog, self._owners, target.name)
        ]
        return f"order by {' + '.join(counts)} desc" if counts else ""
