"""One file that is tried: what is known of it, however its statements are sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.evidence.trials import Trial
from pytest_readiness.gather.trials.demands import demand
from pytest_readiness.gather.trials.state import has_row_security
from pytest_readiness.judges.migrations.conditions import forgets_all
from pytest_readiness.judges.migrations.refused import (
    column_required,
    fills,
    is_new,
    refuses_all,
    table_of,
    writes,
)
from pytest_readiness.judges.sql.statements import shortened
from pytest_readiness.target.statements import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.evidence.migrations import Migration
    from pytest_readiness.evidence.trials import Held
    from pytest_readiness.gather.trials.filling import Filling
    from pytest_readiness.gather.trials.scratch import Scratch
    from pytest_readiness.gather.trials.skipping import Passed
    from pytest_readiness.gather.trials.state import State
    from pytest_readiness.target.statements import Statement

_BROKEN = "22012"


class Attempt:
    """One file, with the scratch database before it.

    Attributes:
        trial: What became of it.
        after: The state that it left.
        needs: Statements without effect, and the relations that they were meant for.
        passed: Statements that drop what is not there, and what that is.
    """

    def __init__(self, scratch: Scratch, migration: Migration, before: State, filling: Filling) -> None:
        self._scratch = scratch
        self._migration = migration
        self._before = before
        self._filling = filling
        self._counts = {name: count for name, (count, _) in before.rows.items()}
        self._filled_first: list[Held] = []
        self.statements = split(migration.sql)
        self.after = before
        self.needs: list[tuple[Statement, tuple[str, ...]]] = []
        self.passed: list[tuple[Statement, Passed]] = []
        forgetful = tuple((s.line, shortened(s.text)) for s in self.statements if forgets_all(s.text))
        self.trial = Trial(migration.name, reversible=bool(migration.down), forgetful=forgetful)

    def _tell_of_refused(self, refused: Failure, emptied: set[str]) -> None:
        """Say what rows were refused, whether the file is to blame, and what nobody saw without them."""
        said = f"{refused.sqlstate} {refused.message}, at line {refused.line}"
        sql = self._migration.sql
        if any(writes(sql, table) for table in emptied):
            unseen = f"rows of the trial were refused, so that it writes none: {said}"
            self.trial = replace(
                self.trial,
                again_untried="" if self.trial.again or self.trial.changed else unseen,
                unseen=self.trial.unseen or unseen,
            )
        blamed = self._gives_what_is_refused(refused)
        if column_required(refused):
            blamed = is_new(refused, self._before.shape) or not self._may_be_filled(refused)
        self.trial = replace(self.trial, refused=said, unfilled=refused if blamed else None)

    def _may_be_filled(self, refused: Failure) -> bool:
        """Whether the project's own rows all have a value, or a file fills them or takes them out."""
        table, column = table_of(refused), column_required(refused)
        if any(
            n and name.rpartition(".")[2].strip('"') == table for name, (n, _) in self._before.rows.items()
        ):
            return True
        said = [s.text for sql in (*self._filling.said, self._migration.sql) for s in split(sql)]
        return fills(said, table, column)

    def _gives_what_is_refused(self, refused: Failure) -> bool:
        """Whether the file itself gives to each row what it is refused for, whatever rows there are."""
        asked = demand(self._scratch, refused)
        if asked is None:
            return False
        made = {*self.after.made.values()} - {*self._before.made.values()}
        done = _up_to(self.statements, refused)
        earlier = (s.text for sql in self._filling.said for s in split(sql))
        return refuses_all(asked, self._before.widths, made, done, earlier)

    def _shut(self) -> tuple[str, ...]:
        """Return tables that were open to somebody before, and are open to nobody now."""
        return tuple(
            name
            for name in self._before.rows
            if f"table {name}" in self.after.shape
            and _open(self._before, name)
            and not _open(self.after, name)
        )

    def _filled(self) -> set[str]:
        return {name for name, (count, _) in self._before.rows.items() if count}


def place_of(statement: Statement) -> Failure:
    """Return a statement as the one in which a file was broken."""
    return Failure(shortened(statement.text), statement.line, _BROKEN, "broken on purpose")


def _up_to(statements: Sequence[Statement], refused: Failure) -> list[str]:
    """Return the statements up to the one that is refused."""
    said = (refused.line, refused.statement)
    places = (i for i, s in enumerate(statements, 1) if (s.line, shortened(s.text)) == said)
    return [s.text for s in statements[: next(places, None)]]


def _open(state: State, name: str) -> bool:
    """Whether row security is off, or a permissive policy lets somebody in."""
    if f"table {name}" in state.shape and not has_row_security(state, name):
        return True
    held = f" of {name}"
    return any(
        text.split(" ", 2)[1:2] == ["t"]
        for place, text in state.shape.items()
        if place.startswith("policy ") and place.endswith(held)
    )
