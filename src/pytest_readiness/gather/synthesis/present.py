"""Rows that are there already: of the platform, of triggers, and those that migrations brought along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.gather.synthesis.values import holds_text, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from pytest_readiness.evidence.catalog import ForeignKey, Relation
    from pytest_readiness.evidence.ownership import Owners


class Present:
    """Looks for rows.

    Args:
        connection: Of a superuser.
        owners: Whose rows are whose.
    """

    def __init__(self, connection: psycopg.Connection, owners: Owners) -> None:
        self._connection = connection
        self._owners = owners
        self._ranks: dict[str, Mapping[str, str | None] | None] = {}

    def first(self, relation: str, condition: str = "true") -> Mapping[str, Any] | None:
        """Return a row of a relation, as JSON has it; None where there is none."""
        row = self._connection.execute(
            f"select to_jsonb(t.*) from {relation} t where {condition} limit 1".encode()
        ).fetchone()
        return row[0] if row else None

    def shipped(
        self, relation: Relation, key: ForeignKey, target: Relation
    ) -> Mapping[str, str | None] | None:
        """Return the first of the ranks that migrations brought along, for whoever belongs to a tenant.

        One that is made up beside them has no meaning to code, or one that nobody gave it.
        """
        belonging = {membership.relation for membership in self._owners.memberships}
        texts = all(holds_text(c) for name in key.columns if (c := relation.column(name)))
        if relation.name not in belonging or target.name not in self._owners.nobodys or not texts:
            return None
        if target.name not in self._ranks:
            found = self.first(target.name)
            self._ranks[target.name] = found and {
                column.name: text_of(column, found[column.name]) for column in target.columns
            }
        return self._ranks[target.name]
