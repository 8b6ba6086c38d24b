"""The updates that nobody may make of a ledger: of each column that its entries are read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet import entries
from pytest_readiness.gather.wallet.balances import numbers
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import psycopg

_COLUMNS = """
select attname, atttypid::regtype::text, attidentity from pg_attribute a
where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''
order by attnum
"""
_OTHERWISE = {
    "uuid": "gen_random_uuid()",
    "text": "{0} || 'x'",
    "character varying": "{0} || 'x'",
    "boolean": "not {0}",
    "timestamp with time zone": "{0} - interval '1 day'",
    "timestamp without time zone": "{0} - interval '1 day'",
    "date": "{0} - 1",
    **dict.fromkeys(("numeric", "bigint", "integer", "smallint", "double precision", "real"), "{0} + 1"),
}
"""Another value of a type, by what there is."""

Way = tuple[str, str]
"""A statement, and the table that it writes to."""


def updates(connection: psycopg.Connection, query: str, parts: Sequence[str]) -> Iterator[list[Way]]:
    """Yield for each column the ways in which to change it, in the table and in its parts.

    Args:
        connection: Of a superuser.
        query: By which entries are read.
        parts: The table and its parts.
    """
    table = parts[0]
    sources = {
        column: name for name, (owner, column) in entries.sources(connection, query).items() if owner == table
    }
    if "amount" not in sources.values():
        # Whatever may be the amount where it is computed.
        sources |= {column: "" for column in numbers(connection, table) if column not in sources}
    for name, declared, identity in connection.execute(_COLUMNS, (table,)).fetchall():
        column = identifier(name)
        if column not in sources:
            continue
        # A constraint on the amount must not stand in for the trigger.
        where = f"{column} > 0" if sources[column] == "amount" else f"{column} is not null"
        values = ["default"] if identity == "a" else [*_values(column, declared)]
        ways = [(way, part) for part in parts for way in _ways(connection, part, (column, where), values)]
        if ways:
            yield ways


def _values(column: str, declared: str) -> Iterator[str]:
    if declared in _OTHERWISE:
        yield _OTHERWISE[declared].format(column)


def _ways(
    connection: psycopg.Connection, table: str, which: tuple[str, str], values: Sequence[str]
) -> Iterator[str]:
    """Yield updates of one row, as far as there is one to change; first to what another row has."""
    column, where = which
    if _any(
        connection,
        f"select from {table} where {column} is distinct from (select {column} from {table} limit 1)",
    ):
        pair = (
            f"select a.tableoid as part, a.ctid as place, b.{column} as other from {table} a, {table} b "
            f"where a.{column} is distinct from b.{column} limit 1"
        )
        if values != ["default"]:
            yield (
                f"update {table} t set {column} = pair.other from ({pair}) pair "
                "where (t.tableoid, t.ctid) = (pair.part, pair.place)"
            )
    if _any(connection, f"select from {table} where {where}"):
        one = f"(select tableoid, ctid from {table} where {where} limit 1)"
        for value in values:
            yield f"update {table} set {column} = {value} where (tableoid, ctid) in {one}"


def _any(connection: psycopg.Connection, query: str) -> bool:
    return connection.execute(f"select exists ({query})".encode()).fetchone() == (True,)
