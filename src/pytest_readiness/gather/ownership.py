"""Tells the owners of all relations, from the catalog and from the keys that the target holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAMPLE = 50
"""Rows of a table that are looked at."""

_MOST = 0.6
"""The share of values that have to be keys of users."""


@gatherer(strength=Strength.CATALOG)
def ownership(target: Target, catalog: CatalogEvidence) -> Owners:
    """Infer owners; declarations in the settings come first."""
    users = target.profile.users
    known = frozenset(_known(target.database(), catalog, users)) if users else frozenset()
    return infer(catalog, target.settings.isolation, users, known=known)


def _known(connection: psycopg.Connection, catalog: CatalogEvidence, users: str) -> Iterator[tuple[str, str]]:
    """Yield the columns whose values are keys of users that the target's own seeds made."""
    if not connection.execute(f"select 1 from {users} limit 1".encode()).fetchone():
        return
    for relation in catalog.relations:
        columns = [c for c in relation.columns if c.type in {"uuid", "text"}]
        if relation.kind not in TABLE_KINDS or not columns:
            continue
        counts = ", ".join(
            f"count(*) filter (where exists (select from {users} u where u.id::text = t.{c.quoted}::text))"
            for c in columns
        )
        sql = f"select count(*), {counts} from (select * from {relation.name} limit {_SAMPLE}) t"
        try:
            total, *keys = connection.execute(sql.encode()).fetchone() or (0,)
        except psycopg.Error:
            continue  # nothing is known of its values
        for column, count in zip(columns, keys, strict=True):
            if total and count >= _MOST * total:
                yield relation.name, column.name
