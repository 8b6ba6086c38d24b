"""Rows that are changed again and again, one by one or several at once, and the entries that this leaves."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.gather.trail.writer import expressions, limits
from pytest_readiness.judges.audit.chains import in_order
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Log, Row
    from pytest_readiness.evidence.catalog import Relation

_VALUES = 3
"""How many values of a column are tried."""


class Changing:
    """A row that is changed again and again.

    A log may take no entry for a row that is written as it was, so that each change is chosen anew.
    """

    def __init__(self, connection: psycopg.Connection, log: Log, table: Relation, where: str) -> None:
        self._connection = connection
        self._counted = f"select count(*) from {log.name}".encode()
        self.table = table
        self.where = where
        referring = {name for key in table.foreign_keys for name in key.columns} | set(table.primary_key)
        self._columns = [
            column
            for column in table.columns
            if column.writable and column.name not in referring and column.type != "uuid"
        ]
        self._first = self._held()

    def change(self, given: str = "") -> str:
        """Return a change that the server accepts now and that leaves an entry; empty if there is none.

        Args:
            given: A statement that comes before it.
        """
        for column in self._columns:
            for expression in (*islice(expressions(column), _VALUES), literal(self._first.get(column.name))):
                sql = f"update {self.table.name} set {column.quoted} = {expression} where {self.where}"
                if self._leaves_entry(sql, given):
                    return sql
        return ""

    def anew(self) -> Iterator[tuple[str, str]]:
        """Yield statements that change the rows, take them away and bring them back, each with its verb.

        The first is empty where no change leaves an entry.
        """
        yield "UPDATE", self.change()
        name, kept = self.table.name, identifier(f"kept_{self.table.table}")
        keep = f"create temp table {kept} as select * from {name} where {self.where}"
        yield "DELETE", f"{keep};\ndelete from {name} where {self.where}"
        columns = ", ".join(column.quoted for column in self.table.columns if not column.generated)
        sql = f"insert into {name} ({columns}) overriding system value select {columns} from pg_temp.{kept}"
        yield "INSERT", sql

    def _held(self) -> dict[str, str | None]:
        """Return the row as it is, each column as text."""
        held = ", ".join(f"{column.quoted}::text" for column in self._columns) or "null"
        found = self._connection.execute(
            f"select {held} from {self.table.name} where {self.where}".encode()
        ).fetchone()
        return dict(zip((column.name for column in self._columns), found or (), strict=False))

    def _leaves_entry(self, sql: str, given: str) -> bool:
        """Make a change, and take it back."""
        self._connection.execute("begin")
        try:
            self._connection.execute(f"{limits()} {given}".encode())
            before = self._connection.execute(self._counted).fetchone()
            self._connection.execute(f"{sql}; set constraints all immediate".encode())
            return self._connection.execute(self._counted).fetchone() != before
        except psycopg.Error:
            return False
        finally:
            self._connection.execute("rollback")


def entries_of(connection: psycopg.Connection, log: Log) -> list[Row]:
    """Return all entries of a log, in their order."""
    order = [name for name in (*log.numbered, log.columns.at) if name]
    found = connection.execute(f"select to_jsonb(t.*) from {log.name} t".encode()).fetchall()
    return in_order([row[0] for row in found], order)
