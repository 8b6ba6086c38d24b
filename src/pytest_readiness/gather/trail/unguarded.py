"""Makes statements past all guards: what prepares a trial is not what is tried."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a statement.

    Attributes:
        rows: How many it wrote.
        refusal: What kept it from being made; empty where nothing did.
    """

    rows: int
    refusal: str = ""


def unguarded(sql: str) -> str:
    """Return a statement as a superuser makes it, so that no ordinary trigger and no foreign key sees it."""
    mode = "set local session_replication_role"
    return f"{mode} = replica;\n{sql};\n{mode} = default;"


def make_unguarded(connection: psycopg.Connection, sql: str) -> Made:
    """Make a statement; what a trigger refuses that fires always leaves the transaction as it was."""
    connection.execute("savepoint unguarded")
    try:
        _, made, _ = (cursor.rowcount for cursor in connection.execute(unguarded(sql).encode()).results())
    except psycopg.Error as error:
        connection.execute("rollback to unguarded")
        return Made(0, f"{error.sqlstate}: {(error.diag.message_primary or str(error)).splitlines()[0]}")
    return Made(made)


@contextmanager
def past_guards(connection: psycopg.Connection, sql: str) -> Iterator[Made]:
    """Make a statement, and take it back in the end together with all that came after it."""
    made = make_unguarded(connection, sql)
    try:
        yield made
    finally:
        connection.execute("rollback to unguarded")
