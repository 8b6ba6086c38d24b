"""Finds where a wallet may keep a balance: numbers in rows that carry its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_TABLES = """
select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^(pg_|readiness_)'
order by 1
"""
_NUMBERS = """
select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped
  and attgenerated = '' and attidentity = ''
  and atttypid::regtype::text = any ('{numeric,bigint,integer,money,real,double precision}')
order by attnum
"""


def columns(connection: psycopg.Connection, wallet: str) -> Iterator[tuple[str, str, str]]:
    """Yield table and column of each number beside the id of a wallet, and what makes it one larger.

    Args:
        connection: Of a superuser, in autocommit mode.
        wallet: Its id.
    """
    for (table,) in connection.execute(_TABLES).fetchall():
        # As a value of its own: an id in a longer text is somebody's remark.
        query = (
            f"select key from {table} t, jsonb_each_text(to_jsonb(t)) where value = {literal(wallet)} limit 1"
        )
        row = connection.execute(query.encode()).fetchone()
        if row is None:
            continue
        key = identifier(row[0])
        for (name,) in connection.execute(_NUMBERS, (table,)).fetchall():
            column = identifier(name)
            if column != key:
                where = f"{key}::text = {literal(wallet)}"
                yield table, column, f"update {table} set {column} = {column} + 1 where {where}"
