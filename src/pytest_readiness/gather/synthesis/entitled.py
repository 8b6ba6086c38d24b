"""Gives people the rights that are listed by name: the rank that has most, and all that roles can have."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.owners.tenancy import Ranks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.synthesis.rows import RowMaker
    from pytest_readiness.judges.owners.entitlements import Entitlement, Shipped

_MOST = 40
"""Rights that one role gets."""


def ranked(connection: psycopg.Connection, found: Iterable[Shipped]) -> dict[str, Ranks]:
    """Return by table of memberships the ranks of which migrations list most and least."""
    chosen: dict[str, Ranks] = {}
    for one in found:
        lists = " union all ".join(
            f"select {column}::text as word from {name}" for name, column in one.places
        )
        words = [
            word
            for (word,) in connection.execute(
                f"select word from ({lists}) l where word is not null group by word "
                "order by count(*) desc, word".encode()
            ).fetchall()
        ]
        if words:
            lowest = "" if one.column.default else words[-1]
            chosen.setdefault(one.relation.name, Ranks(one.column.name, words[0], lowest))
    return chosen


def entitle(maker: RowMaker, entitlement: Entitlement, row: SyntheticRow) -> None:
    """Put a row beside one of a person's for each other right that there is."""
    relation, column = entitlement.relation, entitlement.column
    drawn = {c.name for c in relation.columns if c.identity or c.generated}
    drawn |= {name for name in relation.primary_key if (c := relation.column(name)) and c.default}
    values = {name: text for name, text in row.texts.items() if name not in drawn - {column.name}}
    for right in _rights(maker.connection, entitlement):
        if right != row.texts.get(column.name):
            with suppress(psycopg.Error), maker.connection.transaction():
                maker.connection.execute(insert_sql(relation, values | {column.name: right}).encode())


def _rights(connection: psycopg.Connection, entitlement: Entitlement) -> Iterator[str]:
    relation, column = entitlement.catalogue
    if not relation:
        yield from entitlement.words[:_MOST]
        return
    found = connection.execute(f"select t.{column}::text from {relation} t limit {_MOST}".encode())
    yield from (right for (right,) in found.fetchall() if right is not None)
