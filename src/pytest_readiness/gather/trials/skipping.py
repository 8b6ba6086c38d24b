"""Finds conditional statements that do nothing though something is missing."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.trials import Skipped
from pytest_readiness.judges.conditions import added, hides, is_block, is_done, made, needed, unswallowed
from pytest_readiness.judges.statements import shortened
from pytest_readiness.target.migrations import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.trials.filling import Filling
    from pytest_readiness.gather.trials.scratch import Scratch
    from pytest_readiness.target.statements import Statement

_OF_ROWS = "23"
"""Class of the SQLSTATEs of rows that a constraint refuses."""
_WRITTEN = "select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_xact_all_tables"
_IF_EXISTS = re.compile(r"alter\s+table\s+if\s+exists\b", re.IGNORECASE)
_COLUMNS = """
select attname, format_type(atttypid, atttypmod)
from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
"""


class Skipping:
    """Watches the statements of a file; made in the transaction that it runs in."""

    def __init__(self, scratch: Scratch, filling: Filling) -> None:
        self._scratch = scratch
        self._filling = filling
        self._written = 0
        self._swallowed: Skipped | None = None
        self._passed_over = False
        self.skipped: list[Skipped] = []
        self.needs: list[tuple[Statement, tuple[str, ...]]] = []
        """Statements without effect, and the relations that they were meant for."""

    def before(self, statement: Statement) -> None:
        """Look what a block would say if it did not forget its errors, and whether a name is taken."""
        self._swallowed, self._passed_over = None, False
        text = statement.text
        if is_done(text) or _IF_EXISTS.match(text):
            self._swallowed = self._forgotten(statement)
            self._written = self._count()
        elif made(text)[0] or any(added(text)):
            self._passed_over = self._taken(text)

    def after(self, statement: Statement) -> None:
        """Look whether it did anything, and if not, what it lacked."""
        text = statement.text
        if self._swallowed:
            self.skipped.append(self._swallowed)
        elif is_block(text) or _IF_EXISTS.match(text):
            if self._count() == self._written and needed(text):
                self.needs.append((statement, needed(text)))
        elif self._passed_over:
            self.skipped += self._drift(statement)

    def _count(self) -> int:
        row = self._scratch.connection.execute(_WRITTEN).fetchone()
        return int(row[0]) if row else 0

    def _forgotten(self, statement: Statement) -> Skipped | None:
        frank = unswallowed(statement.text)
        if not frank:
            return None
        with self._scratch.undone():
            _, error = answer(self._scratch.connection, frank)
        if error is None or not hides(error[0], error[1], defines=is_block(statement.text)):
            return None
        if error[0].startswith(_OF_ROWS) and not self._refused_alone(frank):
            return None
        return Skipped(shortened(statement.text), statement.line, error[1], error[0])

    def _refused_alone(self, frank: str) -> bool:
        """Whether it is refused without the rows that the trial put there, too."""
        connection, refused = self._scratch.connection, False
        with self._scratch.undone(), contextlib.suppress(psycopg.Error):
            with connection.transaction():
                self._filling.take_out(self._scratch)
            refused = answer(connection, frank)[1] is not None
        return refused

    def _taken(self, text: str) -> bool:
        connection = self._scratch.connection
        name = made(text)[1]
        if name:
            row = connection.execute("select to_regclass(%s) is not null", (_local(text, name),)).fetchone()
            return bool(row and row[0])
        return any(column.strip('"') in _columns(connection, table) for table, column in added(text))

    def _drift(self, statement: Statement) -> Iterator[Skipped]:
        """Make the object anew, as the statement says it, and compare it with the one that is there."""
        connection, text = self._scratch.connection, statement.text
        kind, name = made(text)
        with self._scratch.undone():
            if kind == "table":
                lacking = _table_drift(connection, name, text)
            elif kind == "index":
                lacking = _index_drift(connection, _local(text, name), text)
            else:
                lacking = [
                    what
                    for table, column in added(text)
                    for what in _column_drift(connection, table, column, text)
                ]
        for what in lacking[:1]:
            yield Skipped(shortened(text), statement.line, what)


def _local(text: str, name: str) -> str:
    """Return the name of an index with the schema of its table, which it always has."""
    kind, _ = made(text)
    on = re.search(r"\bon\s+(?:only\s+)?(\"[^\"]+\"|[\w$]+)\.", text, re.IGNORECASE)
    return f"{on.group(1)}.{name}" if kind == "index" and on and "." not in name else name


def _columns(connection: psycopg.Connection, table: str) -> dict[str, str]:
    return dict(connection.execute(_COLUMNS, (table,)).fetchall())


def _made_anew(connection: psycopg.Connection, drop: str, text: str) -> bool:
    return all(answer(connection, sql)[1] is None for sql in (drop, text))


def _table_drift(connection: psycopg.Connection, name: str, text: str) -> list[str]:
    there = _columns(connection, name)
    if not _made_anew(connection, f"drop table {name} cascade", text):
        return []
    wanted = _columns(connection, name)
    return [
        _column_said(name, column, there.get(column), kind)
        for column, kind in wanted.items()
        if there.get(column) != kind
    ]


def _column_drift(connection: psycopg.Connection, table: str, column: str, text: str) -> list[str]:
    there = _columns(connection, table).get(column.strip('"'))
    if not _made_anew(connection, f"alter table {table} drop column {column} cascade", text):
        return []
    wanted = _columns(connection, table).get(column.strip('"'), "")
    return [] if wanted == there else [_column_said(table, column, there, wanted)]


def _column_said(table: str, column: str, there: str | None, wanted: str) -> str:
    if there is None:
        return f"{table} was there already, without its column {column} {wanted}"
    return f"{table}.{column} was there already as {there}, not as {wanted}"


def _index_drift(connection: psycopg.Connection, name: str, text: str) -> list[str]:
    look = "select pg_get_indexdef(to_regclass(%s))"
    there = connection.execute(look, (name,)).fetchone()
    if not _made_anew(connection, f"drop index {name}", text):
        return []
    wanted = connection.execute(look, (name,)).fetchone()
    return (
        []
        if there == wanted or not there or not wanted
        else [f"the name was taken by another index: {there[0]}"]
    )
