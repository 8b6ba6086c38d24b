"""Reads the ledger through the query that settings declare."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Entry
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

REQUIRED = ("transfer_id", "wallet_id", "amount")


def columns(connection: psycopg.Connection, query: str) -> tuple[str, ...]:
    """Return the names of what the query returns.

    Raises:
        psycopg.Error: It does not run.
    """
    cursor = connection.execute(f"select * from ({query}) e limit 0".encode())
    return tuple(column.name for column in cursor.description or ())


def read(
    connection: psycopg.Connection, query: str, wallets: Iterable[str], unit: Decimal = Decimal(1)
) -> tuple[Entry, ...]:
    """Return the entries of these wallets, and the other sides of their transfers.

    Args:
        connection: To their copy of the target.
        query: Of settings.
        wallets: Their ids.
        unit: What amounts are counted in.

    Raises:
        psycopg.Error: The query does not run, or lacks a column.
    """
    mine = ", ".join(literal(wallet) for wallet in wallets) or "null"
    statement = (
        f"with e as materialized ({query}) select to_jsonb(e.*)::text from e where transfer_id::text in "
        f"(select transfer_id::text from e where wallet_id::text in ({mine}))"
    )
    found = connection.execute(statement.encode()).fetchall()
    return tuple(_entry(row[0], unit) for row in found)


def _entry(text: str, unit: Decimal) -> Entry:
    row = json.loads(text, parse_float=Decimal)
    number, after = row.get("seq"), row.get("balance_after")
    return Entry(
        transfer=str(row["transfer_id"]),
        wallet=None if row["wallet_id"] is None else str(row["wallet_id"]),
        amount=Decimal(row["amount"]) / unit,
        currency=row.get("currency"),
        number=None if number is None else int(number),
        balance_after=None if after is None else Decimal(after) / unit,
    )


def sources(connection: psycopg.Connection, query: str) -> dict[str, tuple[str, str]]:
    """Return the table and column that the query takes each of its columns from, both quoted.

    One that is an expression is left out.
    """
    result = connection.execute(f"select * from ({query}) e limit 0".encode()).pgresult
    found: dict[str, tuple[str, str]] = {}
    for place, name in enumerate(columns(connection, query)):
        if result is not None and result.ftable(place):
            row = connection.execute(
                "select attrelid::regclass::text, attname from pg_attribute "
                "where attrelid = %s and attnum = %s",
                (result.ftable(place), result.ftablecol(place)),
            ).fetchone()
            found |= {name: (row[0], identifier(row[1]))} if row else {}
    return found
