"""Tries files that end transactions themselves, on copies of the database."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.gather.trials.attempt import Attempt, place_of
from pytest_readiness.gather.trials.numbering import behind, numbered
from pytest_readiness.gather.trials.singly import Singly
from pytest_readiness.gather.trials.state import differences
from pytest_readiness.gather.trials.unusable import unusable
from pytest_readiness.judges.migrations.refused import table_of
from pytest_readiness.judges.sql.statements import begins, blocks_nobody, commits, controls, stands_alone
from pytest_readiness.target.answers import answer
from pytest_readiness.target.migrations import apply_again, apply_apart, apply_batch

if TYPE_CHECKING:
    from pytest_readiness.evidence.migrations import Failure
    from pytest_readiness.gather.trials.state import State

BREAK = ";\nselect 1 / 0;\n"
"""What fails behind whatever was done before it."""
_UNWATCHED = "it ends transactions itself, so that its statements were not watched one by one"


class Apart(Attempt):
    """One file whose statements are sent apart, or that commits in its middle."""

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
            self.trial = replace(self.trial, left=left, broken=place_of(last))
            copy.become_owner()
            again = apply_again(copy.connection, self._migration)
            copy.rest()
            return None if again else copy.state()

    def _with_unusable_indexes(self) -> None:
        new = self.after.shape.keys() - self._before.shape.keys()
        if found := unusable(self._scratch, self._migration, self.statements, new):
            index, statement = found
            said = f"index {index}, invalid after a failed CONCURRENTLY, and passed over by IF NOT EXISTS"
            self.trial = replace(self.trial, left=(said, *self.trial.left), broken=place_of(statement))

    def _break_after_commit(self) -> None:
        """Break the file in its last statement that is after a COMMIT, where there is one."""
        texts = [s.text for s in self.statements]
        first = next((i for i, text in enumerate(texts) if commits(text) or stands_alone(text)), len(texts))
        later = [i for i in range(first + 1, len(texts)) if not controls(texts[i])]
        if not later:
            return
        sql = ";\n".join(texts[: later[-1]]) + BREAK
        with self._scratch.copied() as copy:
            copy.become_owner()
            answer(copy.connection, sql)
            copy.rest()
            left = differences(self._before, copy.state())
        self.trial = replace(self.trial, left=left, broken=place_of(self.statements[later[-1]]))
