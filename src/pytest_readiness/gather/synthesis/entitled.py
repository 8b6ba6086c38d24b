"""Gives people the rights that are listed by name: the rank that has most, and all that roles can have."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.owners.entitlements import extremes
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
        highest, lowest = extremes(_said(connection, lists, "count(*)"))
        for name, column, level in one.levels[:1] if not highest and len(one.levels) == 1 else ():
            levels = f"select {column}::text as word, {level} as level from {name} where {level} is not null"
            highest, lowest = extremes(_said(connection, levels, "max(level)"))
        if highest:
            lowest = "" if one.column.default else lowest
            chosen.setdefault(one.relation.name, Ranks(one.column.name, highest, lowest))
    return chosen


def _said(connection: psycopg.Connection, lists: str, much: str) -> list[tuple[str, float]]:
    counted = f"select word, {much} from ({lists}) l where word is not null group by word"
    return [(word, float(number)) for word, number in connection.execute(counted.encode()).fetchall()]


def entitle(maker: RowMaker, entitlement: Entitlement, row: SyntheticRow) -> Iterator[str]:
    """Put a row beside one of a person's for each other right that there is, and yield what put it there."""
    relation, column = entitlement.relation, entitlement.column
    drawn = {c.name for c in relation.columns if c.identity or c.generated}
    drawn |= {name for name in relation.primary_key if (c := relation.column(name)) and c.default}
    values = {name: text for name, text in row.texts.items() if name not in drawn - {column.name}}
    for right in filter(entitlement.gives, _rights(maker.connection, entitlement)):
        if right != row.texts.get(column.name):
            insert = insert_sql(relation, values | {column.name: right})
            with suppress(psycopg.Error):
                with maker.connection.transaction():
                    maker.connection.execute(insert.encode())
                yield insert


def _rights(connection: psycopg.Connection, entitlement: Entitlement) -> Iterator[str]:
    relation, column = entitlement.catalogue
    if not relation:
        yield from entitlement.words[:_MOST]
        return
    found = connection.execute(f"select t.{column}::text from {relation} t limit {_MOST}".encode())
    yield from (right for (right,) in found.fetchall() if right is not None)
