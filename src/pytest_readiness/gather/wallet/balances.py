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
  and not exists (select from pg_constraint c where c.conrelid = attrelid and c.contype in ('p', 'f')
                  and attnum = any (conkey))
order by attnum
"""
_KEYS = """
select distinct attname from pg_attribute a join pg_index i on i.indrelid = a.attrelid
where a.attrelid = %s::regclass and i.indisunique and attnum = any (i.indkey)
"""


def numbers(connection: psycopg.Connection, table: str) -> list[str]:
    """Return the columns of a table, quoted, that may hold an amount."""
    return [identifier(name) for (name,) in connection.execute(_NUMBERS, (table,)).fetchall()]


def changes(connection: psycopg.Connection, wallet: str) -> Iterator[tuple[str, str, str]]:
    """Yield table and column of each number beside the id of a wallet, and what makes it one larger.

    Args:
        connection: Of a superuser, in autocommit mode.
        wallet: Its id.
    """
    for (table,) in connection.execute(_TABLES).fetchall():
        for (name,) in connection.execute(_KEYS, (table,)).fetchall():
            key = identifier(name)
            where = f"{key}::text = {literal(wallet)}"
            there = connection.execute(f"select exists (select from {table} where {where})".encode())
            for column in numbers(connection, table) if there.fetchone() == (True,) else ():
                if column != key:
                    yield table, column, f"update {table} set {column} = {column} + 1 where {where}"
