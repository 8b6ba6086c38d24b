"""Tries one file on the state before it, and leaves the state after it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.evidence.trials import Trial
from pytest_readiness.gather.trials.locks import WRITES, Locks
from pytest_readiness.gather.trials.numbering import behind, numbered
from pytest_readiness.gather.trials.singly import Singly
from pytest_readiness.gather.trials.skipping import Skipping
from pytest_readiness.gather.trials.state import differences, has_row_security
from pytest_readiness.gather.trials.unusable import unusable
from pytest_readiness.judges.conditions import forgets_all
from pytest_readiness.judges.refused import column_required, fills, is_new, of_rows, table_of, writes
from pytest_readiness.judges.statements import (
    begins,
    blocks_nobody,
    commits,
    controls,
    shortened,
    stands_alone,
)
from pytest_readiness.target.migrations import ONE_TRANSACTION, answer, apply_again, apply_apart, apply_batch
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

_BREAK = ";\nselect 1 / 0;\n"
_BROKEN = "22012"
_UNWATCHED = "it ends transactions itself, so that its statements were not watched one by one"
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


class Attempted:
    """One file, tried; afterwards the scratch database is as after the file.

    Attributes:
        trial: What became of it.
        after: The state that it left.
        needs: Statements without effect, and the relations that they were meant for.
        passed: Statements that drop what is not there, and what that is.
    """

    def __init__(
        self, scratch: Scratch, migration: Migration, before: State, filling: Filling, *, singly: bool = False
    ) -> None:
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
        blamed = column_required(refused) and (
            is_new(refused, self._before.shape) or not self._may_be_filled(refused)
        )
        self.trial = replace(self.trial, refused=said, unfilled=refused if blamed else None)

    def _may_be_filled(self, refused: Failure) -> bool:
        """Whether the project's own rows all have a value, or a file fills them or takes them out."""
        table, column = table_of(refused), column_required(refused)
        if any(
            n and name.rpartition(".")[2].strip('"') == table for name, (n, _) in self._before.rows.items()
        ):
            return True
        return any(fills(sql, table, column) for sql in (*self._filling.said, self._migration.sql))

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
        sql = ";\n".join(s.text for s in statements) + _BREAK
        first = self._next_number()
        self._scratch.become_owner()
        answer(self._scratch.connection, sql)
        self._scratch.rest()
        self.trial = replace(self.trial, broken=_place(self.statements[-1]))
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

    def _shut(self) -> tuple[str, ...]:
        """Return tables that were open to somebody before, and are open to nobody now."""
        return tuple(
            name
            for name in self._before.rows
            if f"table {name}" in self.after.shape
            and _open(self._before, name)
            and not _open(self.after, name)
        )

    def _apart(self) -> None:
        """Try a file that ends transactions itself on copies of the database."""
        resumed = None
        if self._migration.apart:
            resumed = self._stopped_and_resumed()
        elif not self._migration.failure:
            self._break_after_commit()
        failure = self._applied_apart()
        if resumed and not differences(self.after, resumed):
            self.trial = replace(self.trial, left=(), broken=None)  # the second time makes it whole
        if failure is None:
            self._with_unusable_indexes()
        if not self._singly and not all(blocks_nobody(s.text) or controls(s.text) for s in self.statements):
            self.trial = replace(self.trial, unwatched=_UNWATCHED)
        if failure:
            left = differences(self._before, self.after)
            self.trial = replace(self.trial, left=left, broken=failure, untried="it does not apply")
        else:
            self._again_and_back()

    def _applied_apart(self) -> Failure | None:
        """Apply the file as it was applied to the target; return what failed."""
        scratch = self._scratch
        numbers = numbered(scratch.connection, scratch.platform)
        scratch.become_owner()
        failure = self._watched() if self._singly else apply_again(scratch.connection, self._migration)
        opened = scratch.in_transaction and failure is None
        scratch.rest()
        self.after = scratch.state()
        late = tuple(behind(scratch.connection, scratch.platform, numbers, self._filled()))
        self.trial = replace(self.trial, behind=late)
        if opened:
            line = next((s.line for s in reversed(self.statements) if begins(s.text)), 1)
            self.trial = replace(self.trial, open=line)
        return failure

    @property
    def _singly(self) -> bool:
        """Whether each statement is a transaction of its own."""
        return self._migration.apart and not any(controls(s.text) for s in self.statements)

    def _watched(self) -> Failure | None:
        """Send the statements one by one, watched; return what failed."""
        seen = Singly(self._scratch, self._filling, self._counts)
        failure = seen.run(self.statements)
        self.needs = seen.needs
        self.passed = seen.passed
        self.trial = replace(
            self.trial, held=tuple(seen.held), skipped=tuple(seen.skipped), unseen=seen.unseen
        )
        if seen.refused and not failure:
            self._tell_of_refused(seen.refused, {table_of(seen.refused)})
        return failure

    def _filled(self) -> set[str]:
        return {name for name, (count, _) in self._before.rows.items() if count}

    def _again_and_back(self) -> None:
        """Apply the file a second time on one copy, and what takes it back on another."""
        with self._scratch.copied() as copy:
            copy.become_owner()
            again = apply_again(copy.connection, self._migration)
            copy.rest()
            changed = () if again else differences(self.after, copy.state())
            self.trial = replace(self.trial, again=again, changed=changed, shut=self._shut())
        if self._migration.down:
            with self._scratch.copied() as copy:
                copy.become_owner()
                taken_back = apply_apart if self._migration.apart else apply_batch
                down = taken_back(copy.connection, self._migration.down)
                copy.rest()
                unrestored = () if down else differences(self._before, copy.state())
                self.trial = replace(self.trial, down=down, unrestored=unrestored)

    def _stopped_and_resumed(self) -> State | None:
        """Stop a file before its last statement; return the state after a second time, if that succeeds."""
        statements = [s for s in self.statements if not controls(s.text)]
        if self._migration.failure or not statements[1:]:
            return None
        last = statements[-1]
        done = self.statements[: self.statements.index(last)]
        with self._scratch.copied() as copy:
            copy.become_owner()
            for statement in done:
                answer(copy.connection, statement.text)
            copy.rest()
            left = differences(self._before, copy.state())
            self.trial = replace(self.trial, left=left, broken=_place(last))
            copy.become_owner()
            again = apply_again(copy.connection, self._migration)
            copy.rest()
            return None if again else copy.state()

    def _with_unusable_indexes(self) -> None:
        new = self.after.shape.keys() - self._before.shape.keys()
        if found := unusable(self._scratch, self._migration, self.statements, new):
            index, statement = found
            said = f"index {index}, invalid after a failed CONCURRENTLY, and passed over by IF NOT EXISTS"
            self.trial = replace(self.trial, left=(said, *self.trial.left), broken=_place(statement))

    def _break_after_commit(self) -> None:
        """Break the file in its last statement that is after a COMMIT, where there is one."""
        texts = [s.text for s in self.statements]
        first = next((i for i, text in enumerate(texts) if commits(text) or stands_alone(text)), len(texts))
        later = [i for i in range(first + 1, len(texts)) if not controls(texts[i])]
        if not later:
            return
        sql = ";\n".join(texts[: later[-1]]) + _BREAK
        with self._scratch.copied() as copy:
            copy.become_owner()
            answer(copy.connection, sql)
            copy.rest()
            left = differences(self._before, copy.state())
        self.trial = replace(self.trial, left=left, broken=_place(self.statements[later[-1]]))


def _place(statement: Statement) -> Failure:
    return Failure(shortened(statement.text), statement.line, _BROKEN, "broken on purpose")


def _unwrapped(statements: Sequence[Statement]) -> Sequence[Statement]:
    """Return what stands between BEGIN and COMMIT, where these are the first and the last."""
    if len(statements) > 1 and begins(statements[0].text) and commits(statements[-1].text):
        return statements[1:-1]
    return statements


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
