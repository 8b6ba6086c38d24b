"""Sends the statements of a file one by one, each in a transaction of its own, and watches them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.gather.trials.locks import Locks
from pytest_readiness.gather.trials.skipping import Skipping
from pytest_readiness.judges.migrations.refused import of_rows, table_of
from pytest_readiness.judges.sql.statements import blocks_nobody, shortened
from pytest_readiness.target.answers import answer
from pytest_readiness.target.migrations import ONE_TRANSACTION, roll_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.evidence.trials import Held, Skipped
    from pytest_readiness.gather.trials.filling import Filling
    from pytest_readiness.gather.trials.scratch import Scratch
    from pytest_readiness.gather.trials.skipping import Passed
    from pytest_readiness.target.statements import Statement

_INVALID = "select indexrelid::regclass::text from pg_index where not indisvalid"
_UNSEEN = "the statement of line {} ends transactions itself: nobody saw which locks it held meanwhile"


@dataclass
class Singly:
    """What was seen of the statements.

    Attributes:
        scratch: Where they run, as the role that applies migrations.
        filling: Of its tables.
        rows: Of each table that is there before, how many rows it holds.
        held: Long work under locks.
        skipped: Conditional statements without effect.
        needs: Others without effect, and the relations that they were meant for.
        passed: Those that drop what is not there.
        refused: What the server said of rows of the trial, which were taken out then.
        unseen: Why nobody saw all locks; empty where somebody did.
    """

    scratch: Scratch
    filling: Filling
    rows: dict[str, int]
    held: list[Held] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    needs: list[tuple[Statement, tuple[str, ...]]] = field(default_factory=list)
    passed: list[tuple[Statement, Passed]] = field(default_factory=list)
    refused: Failure | None = None
    unseen: str = ""

    def run(self, statements: Sequence[Statement]) -> Failure | None:
        """Send all of them, and stop at the first that fails; what was done before stays."""
        for statement in statements:
            failure = self._sent(statement)
            if failure and of_rows(failure) and self._without_rows(failure):
                self.refused = self.refused or failure
                failure = self._sent(statement)
            if failure:
                return failure
        return None

    def _sent(self, statement: Statement) -> Failure | None:
        error = self._alone(statement) if blocks_nobody(statement.text) else self._watched(statement)
        return Failure(shortened(statement.text), statement.line, error[0], error[1]) if error else None

    def _without_rows(self, refused: Failure) -> bool:
        """Take rows of the trial out that are refused, and what the statement left of an index."""
        emptied = self.filling.empty(self.scratch, table_of(refused)) or self.filling.empty(self.scratch)
        self.scratch.become_owner()
        for (index,) in self.scratch.connection.execute(_INVALID).fetchall():
            self.scratch.connection.execute(f"drop index {index}".encode())
        return emptied

    def _alone(self, statement: Statement) -> tuple[str, str, int] | None:
        return answer(self.scratch.connection, statement.text)[1]

    def _watched(self, statement: Statement) -> tuple[str, str, int] | None:
        connection = self.scratch.connection
        connection.execute("begin")
        with self.scratch.as_superuser():
            locks = Locks(self.scratch, self.rows)
        skipping = Skipping(self.scratch, self.filling)
        skipping.before(statement)
        _, error = answer(connection, statement.text)
        if error and error[0] in ONE_TRANSACTION:
            roll_back(connection)
            error = self._alone(statement)
            locks.ended(statement)
            self.unseen = self.unseen or _UNSEEN.format(statement.line)
        elif not error:
            skipping.after(statement)
            locks.after(statement)
            _, error = answer(connection, "commit")
        if error:
            roll_back(connection)
        self.held += locks.held
        self.skipped += skipping.skipped
        self.needs += skipping.needs
        self.passed += skipping.passed
        return error
