"""Finds conditional statements that do nothing though something is missing."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.trials import Skipped
from pytest_readiness.gather.trials import drift
from pytest_readiness.judges.migrations.conditions import (
    added,
    hides,
    is_block,
    is_done,
    made,
    needed,
    unswallowed,
)
from pytest_readiness.judges.migrations.guarded import creations, dropped
from pytest_readiness.judges.sql.statements import shortened
from pytest_readiness.target.answers import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.trials.filling import Filling
    from pytest_readiness.gather.trials.scratch import Scratch
    from pytest_readiness.target.statements import Statement

_OF_ROWS = "23"
"""Class of the SQLSTATEs of rows that a constraint refuses."""
_WRITTEN = "select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_xact_all_tables"
_IF_EXISTS = re.compile(r"alter\s+table\s+if\s+exists\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Passed:
    """What a statement would have dropped, and was not there.

    Attributes:
        kind: As a state names it.
        name: As the catalog would have it.
        table: With its schema; empty of an index, of which nobody knows.
    """

    kind: str
    name: str
    table: str


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
        self.passed: list[tuple[Statement, Passed]] = []
        self._there: list[tuple[str, str]] = []

    def before(self, statement: Statement) -> None:
        """Look what a block would say if it did not forget its errors, and whether a name is taken."""
        self._swallowed, self._passed_over = None, False
        text = statement.text
        if is_done(text) or _IF_EXISTS.match(text):
            self._swallowed = self._forgotten(statement)
            self._written = self._count()
        elif made(text)[0] or any(added(text)):
            self._passed_over = self._taken(text)
        elif passed := self._passed_by(text):
            self.passed.append((statement, passed))

    def after(self, statement: Statement) -> None:
        """Look whether it did anything, and if not, what it lacked."""
        text = statement.text
        if self._swallowed:
            self.skipped.append(self._swallowed)
        elif is_block(text) or _IF_EXISTS.match(text):
            if self._count() == self._written and needed(text):
                self.needs.append((statement, needed(text)))
            self.skipped += self._within(statement)
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
        self._there = [
            (table, column)
            for table, column in added(text)
            if column.strip('"') in drift.columns(connection, table)
        ]
        return bool(self._there)

    def _drift(self, statement: Statement) -> Iterator[Skipped]:
        """Make the object anew, as the statement says it, and compare it with the one that is there."""
        connection, text = self._scratch.connection, statement.text
        kind, name = made(text)
        with self._scratch.undone():
            if kind == "table":
                lacking = drift.of_table(connection, name, text)
            elif kind:
                lacking = drift.of_relation(connection, kind, _local(text, name), text)
            else:
                with contextlib.suppress(psycopg.Error), connection.transaction():
                    self._filling.take_out(self._scratch)
                columns = [column for _, column in self._there]
                lacking = drift.of_columns(connection, self._there[0][0], columns, text)
        for what in lacking[:1]:
            yield Skipped(shortened(text), statement.line, what)

    def _within(self, statement: Statement) -> Iterator[Skipped]:
        """Make what a block would have made, where it asks whether that is there, or forgets that it is."""
        for one in creations(statement.text):
            with self._scratch.undone():
                lacking = drift.of_creation(self._scratch.connection, one)
            for what in lacking:
                yield Skipped(shortened(one.text), statement.line, what)

    def _passed_by(self, text: str) -> Passed | None:
        """Return what a statement would drop and is not there."""
        kind, name, of = dropped(text)
        if not kind:
            return None
        table = drift.absent(self._scratch.connection, kind, name, of)
        return None if table is None else Passed(kind, name, table)


def _local(text: str, name: str) -> str:
    """Return the name of an index with the schema of its table, which it always has."""
    kind, _ = made(text)
    on = re.search(r"\bon\s+(?:only\s+)?(\"[^\"]+\"|[\w$]+)\.", text, re.IGNORECASE)
    return f"{on.group(1)}.{name}" if kind == "index" and on and "." not in name else name
