"""Tries one file on the state before it, and leaves the state after it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.gather.trials.apart import BREAK, Apart
from pytest_readiness.gather.trials.attempt import place_of
from pytest_readiness.gather.trials.locks import WRITES, Locks
from pytest_readiness.gather.trials.numbering import behind, numbered
from pytest_readiness.gather.trials.skipping import Skipping
from pytest_readiness.gather.trials.state import differences
from pytest_readiness.judges.migrations.refused import column_required, is_new, of_rows, table_of
from pytest_readiness.judges.sql.statements import begins, commits, controls, shortened, stands_alone
from pytest_readiness.target.answers import answer
from pytest_readiness.target.migrations import ONE_TRANSACTION, apply_apart, apply_batch
from pytest_readiness.target.statements import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.evidence.migrations import Migration
    from pytest_readiness.gather.trials.filling import Filling
    from pytest_readiness.gather.trials.scratch import Scratch
    from pytest_readiness.gather.trials.state import State
    from pytest_readiness.target.statements import Statement

_MOST_REFUSALS = 3
"""How often rows are taken out table by table, before all are."""
_NOT_YET = {"55P04", "55006"}
"""What one transaction cannot do twice: use a new label of an enum, alter what has triggers waiting."""


class _Watches:
    def __init__(self, *watches: Locks | Skipping) -> None:
        self._watches = watches

    def before(self, statement: Statement) -> None:
        for watch in self._watches:
            watch.before(statement)

    def after(self, statement: Statement) -> None:
        for watch in self._watches:
            watch.after(statement)


class Attempted(Apart):
    """One file, tried; afterwards the scratch database is as after the file."""

    def __init__(
        self, scratch: Scratch, migration: Migration, before: State, filling: Filling, *, singly: bool = False
    ) -> None:
        super().__init__(scratch, migration, before, filling)
        if singly:
            self.trial = replace(self.trial, left_singly=self._left_singly())
        self._try()

    def _try(self) -> None:
        body = _unwrapped(self.statements)
        if self._migration.apart or any(controls(s.text) or stands_alone(s.text) for s in body):
            self._apart()
            return
        broken = self._broken_whole()
        if self._migration.failure:
            self._as_it_fails()
            return
        failure = self._inside(body)
        if failure and failure.sqlstate in ONE_TRANSACTION:
            self._beyond_one_transaction(failure)
            return
        if failure and of_rows(failure):
            failure = self._without_rows(body, failure)
        if failure:
            said = (
                f"on a second database it says {failure.sqlstate} {failure.message}, at line {failure.line}"
            )
            self.trial = replace(self.trial, untried=said)
        elif broken:
            self.trial = replace(self.trial, left=broken)

    def _without_rows(self, body: Sequence[Statement], refused: Failure) -> Failure | None:
        """Take rows out that are refused, table by table, and try again; return what fails then."""
        emptied: set[str] = set()
        failure: Failure | None = refused
        while failure and of_rows(failure) and "" not in emptied:
            table = table_of(failure) if len(emptied) < _MOST_REFUSALS else ""
            table = "" if table in emptied else table
            if not self._filling.empty(self._scratch, table) and not table:
                return failure
            emptied.add(table)
            self._before = self._scratch.state()
            failure = self._inside(body)
        if failure is None:
            self._tell_of_refused(refused, emptied)
        return failure

    def _beyond_one_transaction(self, refused: Failure) -> None:
        """Try a file that one transaction holds on empty tables, and does not with rows in them."""
        self._migration = replace(self._migration, apart=True)
        self._apart()
        if self._scratch.sends_batches:
            self.trial = replace(self.trial, unfilled=refused, left=(), broken=None)

    def _broken_whole(self) -> tuple[str, ...]:
        """Break the file at its end, and return what it left behind."""
        if self._migration.failure or not self.statements:
            return ()
        statements = self.statements[:-1] if commits(self.statements[-1].text) else self.statements
        sql = ";\n".join(s.text for s in statements) + BREAK
        first = self._next_number()
        self._scratch.become_owner()
        answer(self._scratch.connection, sql)
        self._scratch.rest()
        self.trial = replace(self.trial, broken=place_of(self.statements[-1]))
        if not self._committed_since(first):
            return ()
        return differences(self._before, self._scratch.state())

    def _next_number(self) -> int:
        row = self._scratch.connection.execute(
            "select pg_snapshot_xmax(pg_current_snapshot())::text"
        ).fetchone()
        return int(row[0]) if row else 0

    def _committed_since(self, first: int) -> bool:
        """Whether any transaction of the server was committed: only then something can be left."""
        row = self._scratch.connection.execute(
            "select exists (select from generate_series(%s::bigint, "
            "pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1) x "
            "where pg_xact_status(x::text::xid8) = 'committed')",
            (first,),
        ).fetchone()
        return bool(row and row[0])

    def _as_it_fails(self) -> None:
        """Apply a file that fails, as it is, and look what it left."""
        self._scratch.become_owner()
        failure = apply_batch(self._scratch.connection, self._migration.sql)
        self._scratch.rest()
        self.after = self._scratch.state()
        left = differences(self._before, self.after)
        self.trial = replace(self.trial, left=left, broken=failure, untried="it does not apply")
        if failure and column_required(failure) and is_new(failure, self._before.shape):
            self.trial = replace(self.trial, unfilled=failure)

    def _left_singly(self) -> tuple[str, ...]:
        """Send one statement after another to a copy, as far as that goes, and return what is left."""
        with self._scratch.copied() as copy:
            copy.become_owner()
            failure = apply_apart(copy.connection, self._migration.sql)
            copy.rest()
            return differences(self._before, copy.state()) if failure else ()

    def _inside(self, body: Sequence[Statement]) -> Failure | None:
        """Try the file in one transaction, with savepoints around all that is to be undone."""
        scratch, connection = self._scratch, self._scratch.connection
        scratch.become_owner()
        connection.execute("begin")
        with scratch.as_superuser():
            locks = Locks(scratch, self._counts)
            numbers = numbered(connection, scratch.platform)
        skipping = Skipping(scratch, self._filling)
        failure = scratch.run(body, _Watches(skipping, locks)) or self._settled(body)
        self._filled_first += [held for held in locks.held if held.what == WRITES]
        if failure:
            scratch.rest()
            return failure
        self.after = scratch.state()
        self.needs = skipping.needs
        self.passed = skipping.passed
        with scratch.as_superuser():
            late = tuple(behind(connection, scratch.platform, numbers, self._filled()))
        self.trial = replace(
            self.trial,
            held=tuple(dict.fromkeys((*locks.held, *self._filled_first))),
            skipped=tuple(skipping.skipped),
            shut=self._shut(),
            behind=late,
        )
        self._again(body)
        self._down()
        _, error = answer(connection, "commit")
        scratch.rest()
        return Failure(shortened(body[-1].text), body[-1].line, error[0], error[1]) if error else None

    def _settled(self, body: Sequence[Statement]) -> Failure | None:
        _, error = answer(self._scratch.connection, "set constraints all immediate")
        if error is None or not body:
            return None
        return Failure(shortened(body[-1].text), body[-1].line, error[0], error[1])

    def _again(self, body: Sequence[Statement]) -> None:
        with self._scratch.undone():
            failure = self._scratch.run(body)
            if failure and failure.sqlstate in _NOT_YET:
                self.trial = replace(self.trial, again_untried=failure.message)
            elif failure:
                self.trial = replace(self.trial, again=failure)
            else:
                changed = differences(self.after, self._scratch.state())
                self.trial = replace(self.trial, changed=changed)

    def _down(self) -> None:
        if not self._migration.down:
            return
        statements = [s for s in split(self._migration.down) if not controls(s.text)]
        with self._scratch.undone():
            failure = self._scratch.run(statements)
            changed = () if failure else differences(self._before, self._scratch.state())
        self.trial = replace(self.trial, down=failure, unrestored=changed)


def _unwrapped(statements: Sequence[Statement]) -> Sequence[Statement]:
    """Return what stands between BEGIN and COMMIT, where these are the first and the last."""
    if len(statements) > 1 and begins(statements[0].text) and commits(statements[-1].text):
        return statements[1:-1]
    return statements
