"""Runs sessions side by side, one step at a time: a call that is held before COMMIT, and its end."""

from __future__ import annotations

import select
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus

from pytest_readiness.evidence.wallet import Answer
from pytest_readiness.gather.wallet.backends import asleep
from pytest_readiness.gather.wallet.batches import exchanged
from pytest_readiness.gather.wallet.teller import refusal
from pytest_readiness.judges.wallet.anomalies import HANGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg.pq.abc import PGconn, PGresult

    from pytest_readiness.gather.wallet.teller import Teller

BOUND_S = 8.0
"""Of a whole run; statements have a shorter limit of their own."""

_POLL_S, _SELDOM_S = 0.0004, 0.0032
"""Between two questions of who waits: most calls are over by the second."""

_BLOCKED = b"""
select s.pid from unnest($1::int[]) s(pid) where pg_blocking_pids(s.pid) && $2::int[]
"""


class Watch:
    """Asks who waits for whom, by a statement that is planned once.

    Args:
        connection: Of a superuser, in autocommit mode.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._prepared = False

    def blocked(self, waiting: Sequence[int], among: Sequence[int]) -> set[int]:
        """Return which backends wait for one of the others."""
        pgconn = self._connection.pgconn
        if not self._prepared:
            pgconn.prepare(b"blocked", _BLOCKED)
            self._prepared = True
        result = pgconn.exec_prepared(b"blocked", [_array(waiting), _array(among)])
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
        return {int(result.get_value(row, 0) or 0) for row in range(result.ntuples)}

    def asleep(self, waiting: Sequence[int], among: Sequence[int]) -> set[int]:
        """Return which backends sleep between two tries to get what one of the others holds."""
        return asleep(self._connection, waiting, among)

    def untouched(self, pid: int) -> bool:
        """Tell whether a backend has neither written nor locked a row in its transaction."""
        query = "select backend_xid is null from pg_stat_get_activity(%s)"
        row = self._connection.execute(query, (pid,)).fetchone()
        return bool(row and row[0])

    def end(self, pid: int) -> None:
        """End a backend."""
        self._connection.execute("select pg_terminate_backend(%s)", (pid,))


def _array(numbers: Sequence[int]) -> bytes:
    return ("{" + ",".join(str(number) for number in numbers) + "}").encode()


@dataclass(frozen=True, slots=True)
class Step:
    """An operation as it is sent: its statement, the same for a person, and how its transaction ends."""

    text: str
    operation: str
    statement: str
    shown: str
    ending: str = "commit"


@dataclass
class Session:
    """One connection and what it has yet to do.

    Attributes:
        busy: Whether a statement is under way.
        halted: Whether it is held in the midst of one.
    """

    teller: Teller
    steps: Sequence[Step]
    number: int
    level: str
    done: int = 0
    busy: bool = False
    waits: bool = False
    refused: bool = False
    halted: bool = False
    answers: list[Answer] = field(default_factory=list)
    results: list[PGresult] = field(default_factory=list)

    @property
    def connection(self) -> PGconn:
        """Return the connection below psycopg's own, which would wait for each answer."""
        return self.teller.connection.pgconn

    @property
    def finished(self) -> bool:
        """Whether all its steps were taken."""
        return self.done == 2 * len(self.steps) and not self.busy

    @property
    def ready(self) -> bool:
        """Whether it can take a step."""
        return self.halted or not (self.busy or self.finished)

    @property
    def step(self) -> Step:
        """The operation that it is in, or comes to next."""
        return self.steps[min(self.done // 2, len(self.steps) - 1)]

    @property
    def next_statement(self) -> str:
        """What a person pastes for the next step."""
        if self.done % 2:
            return f"{self.step.ending};"
        return f"begin isolation level {self.level};\n{self.step.shown};"

    def send(self) -> str:
        """Take the next step, and return what it is."""
        step, call = self.step, self.done % 2 == 0
        batch = self.teller.batch(step.statement, self.level) if call else step.ending.encode()
        self.connection.send_query(batch)
        self.busy, self.done = True, self.done + 1
        return step.text if call else step.ending.upper()

    def call(self, within_s: float) -> None:
        """Take both steps of the next operation at once, while nobody else does anything.

        Raises:
            psycopg.OperationalError: The connection is lost.
            TimeoutError: It is not over within so many seconds.
        """
        step, connection = self.step, self.teller.connection
        batch = self.teller.batch(f"{step.statement};\n{step.ending}", self.level)
        try:
            *_, returned, _ = exchanged(connection, batch, within_s)
            self.answers.append(self._answer(step, returned))
        except psycopg.Error as error:
            if connection.closed:
                raise
            connection.execute("rollback")
            self.answers.append(refusal(step.operation, error))
        self.done += 2

    def receive(self) -> bool:
        """Take what has come; tell whether the step is over."""
        self.connection.consume_input()
        # A notice brings along the answers to the statements before, and not yet the last one.
        while not self.connection.is_busy():
            result = self.connection.get_result()
            if result is None:
                results, self.results = self.results, []
                self.busy = self.waits = False
                self._record(results)
                return True
            self.results.append(result)
        return False

    def _record(self, results: list[PGresult]) -> None:
        last = results[-1]
        step = self.steps[(self.done - 1) // 2]
        failed = self.refused = last.status == ExecStatus.FATAL_ERROR
        if self.done % 2 == 1:
            self.answers.append(_error(step, last) if failed else self._answer(step, last))
        elif failed:
            self.answers[-1] = _error(step, last)

    def _answer(self, step: Step, result: PGresult) -> Answer:
        value = result.get_value(0, 0) if result.ntuples and result.nfields else None
        return self.teller.answer(step.operation, None if value is None else value.decode())


def _error(step: Step, result: PGresult) -> Answer:
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"08006").decode()
    message = (result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"connection lost").decode()
    return Answer(step.operation, accepted=False, sqlstate=state, message=message.split("\n")[0])


@dataclass
class Run:
    """One run of several sessions under a schedule.

    Attributes:
        watch: Asks who waits for whom.
        taken: The steps that were taken.
        waiting: Which sessions could not go on, after each start of those steps.
        committed: The sessions of operations in the order that they ended in.
        faults: What is wrong whatever it led to.
    """

    sessions: list[Session]
    watch: Watch
    lanes: list[tuple[int, str]] = field(default_factory=list)
    script: list[str] = field(default_factory=list)
    hangs: bool = False
    taken: str = ""
    waiting: dict[str, frozenset[str]] = field(default_factory=dict)
    committed: str = ""
    faults: list[str] = field(default_factory=list)

    def follow(self, schedule: str) -> None:
        """Take the steps of the schedule, and then the rest; a session that waits is passed over."""
        self.deadline = time.monotonic() + BOUND_S
        for digit in schedule:
            session = self.sessions[int(digit)]
            if not session.busy and not session.finished:
                self._take(session)
        while not self.hangs and any(not session.finished for session in self.sessions):
            ready = [s for s in self.sessions if not s.busy and not s.finished]
            if ready:
                self._take(ready[0])
            else:
                self._settle(progress=True)
        if self.hangs:
            self._end()

    def take_in_turn(self, order: str, ended: Callable[[], None]) -> None:
        """Make whole calls one after the other, and tell of the end of each."""
        deadline = time.monotonic() + BOUND_S
        for digit in order:
            try:
                self.sessions[int(digit)].call(deadline - time.monotonic())
            except TimeoutError:
                self.hangs = True
                self._end()
                return
            ended()

    def _take(self, session: Session) -> None:
        statement = session.next_statement
        text = session.send()
        self.script += [f"-- in session {session.number}:", statement]
        self.taken += str(session.number)
        self.lanes.append((session.number, text))
        self._settle()
        self.waiting[self.taken] = frozenset(str(s.number) for s in self.sessions if s.busy)
        if session.done % 2 == 0 and not session.busy:
            self.committed += str(session.number)

    def _settle(self, *, progress: bool = False) -> None:
        """Wait until every session has answered, or waits for another of them."""
        pause = _POLL_S
        while busy := [session for session in self.sessions if session.busy and not session.halted]:
            if time.monotonic() > self.deadline:
                self.hangs = True
                return
            said, _, _ = select.select([s.connection.socket for s in busy], [], [], pause)
            came = [session for session in busy if session.receive() or session.halted]
            for session in came:
                self._note(session)
            if came:
                progress, pause = False, _POLL_S
                continue
            if said:
                continue  # a notice on its way: who says something does not wait
            pause = min(2 * pause, _SELDOM_S)
            if not progress and self._all_wait(busy, slow=pause == _SELDOM_S):
                return

    def _all_wait(self, busy: list[Session], *, slow: bool) -> bool:
        """Tell whether all wait: for a lock, or asleep before they try again, as only who is slow can be."""
        pids = [session.connection.backend_pid for session in self.sessions]
        waiting = [session.connection.backend_pid for session in busy]
        blocked = self.watch.blocked(waiting, pids)
        rest = [pid for pid in waiting if pid not in blocked]
        sleeping = self.watch.asleep(rest, pids) if slow and rest else set()
        for session in busy:
            pid = session.connection.backend_pid
            if pid in blocked | sleeping and not session.waits:
                session.waits = True
                if pid in blocked:
                    self._begins_to_wait(session)
                self.lanes.append((session.number, "  … waits"))
        return blocked | sleeping >= set(waiting)

    def _begins_to_wait(self, session: Session) -> None:
        """Take note of a session that waits for a lock from now on."""

    def _note(self, session: Session) -> None:
        if session.busy:
            return
        if session.done % 2 == 1:
            answer = session.answers[-1]
            said = f"{answer.sqlstate} {answer.message}" if answer.sqlstate else answer.result
            self.lanes.append((session.number, f"  → {said}"))
        elif session.refused:
            self.lanes.append((session.number, f"  → {session.answers[-1].sqlstate}"))

    def _end(self) -> None:
        """Give up: what still waits is cut off, so that it holds nothing."""
        for session in self.sessions:
            self.watch.end(session.connection.backend_pid)
            while len(session.answers) < len(session.steps):
                session.answers.append(Answer(session.step.operation, accepted=False, message=HANGS))


class Taken(Protocol):
    """A run that was made, as far as it tells which others would repeat it."""

    taken: str
    waiting: dict[str, frozenset[str]]


@dataclass
class Seen:
    """Runs of one scenario, to tell which schedule would only repeat one of them."""

    taken: list[str] = field(default_factory=list)
    waiting: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, run: Taken) -> None:
        """Remember a run."""
        self.taken.append(run.taken)
        self.waiting |= run.waiting

    def repeats(self, schedule: str) -> bool:
        """Tell whether a schedule comes to a run that was seen, as steps of who waits are passed over."""
        steps = ""
        for digit in schedule:
            if digit not in self.waiting.get(steps, frozenset()):
                steps += digit
        return any(taken.startswith(steps) for taken in self.taken)
