"""The floor under a run: its attempts again, with nothing judged, through one pipelined connection."""

from __future__ import annotations

import select
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import pq

from pytest_readiness.gather.attacks.attempts import QUERY, UNCOUNTED, Runner
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    from pytest_readiness.gather.attacks.attempts import Attempt, Outcome

_DEFERRED = "set constraints all immediate"

_AHEAD = 400
"""Attempts that are under way before answers are waited for."""


@dataclass
class Recording:
    """What was attempted on each connection, with the SQLSTATE that it came to."""

    attempts: dict[psycopg.Connection, list[tuple[Attempt, str]]] = field(default_factory=dict)

    def note(self, runner: Runner, attempt: Attempt, outcome: Outcome) -> None:
        """Remember an attempt."""
        self.attempts.setdefault(runner.connection, []).append((attempt, outcome.state))


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay took, in seconds, of how many attempts, and how many came to something else."""

    seconds: float
    attempts: int
    different: int


@contextmanager
def recording() -> Iterator[Recording]:
    """Remember all that is attempted meanwhile."""
    found = Recording()
    together = Runner._together

    def noted(self: Runner, attempts: tuple[Attempt, ...]) -> list[Outcome]:
        outcomes = together(self, attempts)
        for attempt, outcome in zip(attempts, outcomes, strict=True):
            found.note(self, attempt, outcome)
        return outcomes

    Runner._together = noted  # type: ignore[method-assign]  # what is measured stays as it is
    try:
        yield found
    finally:
        Runner._together = together  # type: ignore[method-assign]  # as it was


def replay(recorded: Recording) -> Replay:
    """Run the recorded statements where they ran; each attempt is undone to a savepoint."""
    took, different = 0.0, 0
    for connection, attempts in recorded.attempts.items():
        prepared = [_statements(attempt) for attempt, _ in attempts]
        connection.execute("begin; savepoint start")
        pipe = _Pipe(connection.pgconn)
        started = time.perf_counter()
        for statements in prepared:
            pipe.send(statements)
        pipe.wait(0)
        took += time.perf_counter() - started
        pipe.close()
        connection.execute("rollback")
        different += sum(now != before for now, (_, before) in zip(pipe.states, attempts, strict=True))
    return Replay(took, sum(len(attempts) for attempts in recorded.attempts.values()), different)


def _statements(attempt: Attempt) -> list[bytes]:
    actor = attempt.actor
    become = [f"set local session authorization {identifier(actor.login)}"] if actor.login else []
    if actor.role != actor.login:
        become.append(f"set local role {identifier(actor.role)}")
    steps = [step.lstrip(QUERY + UNCOUNTED) for step in attempt.steps]
    every = ("rollback to savepoint start", *attempt.before, *become, *actor.statements, *steps, _DEFERRED)
    return [statement.encode() for statement in every]


class _Pipe:
    """Sends statements without waiting for answers; a failure ends its own attempt and no other."""

    def __init__(self, pgconn: pq.abc.PGconn) -> None:
        self._pgconn = pgconn
        self._underway = 0
        self._state = ""
        self.states: list[str] = []
        pgconn.nonblocking = 1  # else both sides might wait for the other to read
        pgconn.enter_pipeline_mode()

    def send(self, statements: Iterable[bytes]) -> None:
        for statement in statements:
            self._pgconn.send_query_params(statement, None)
        self._pgconn.pipeline_sync()
        self._underway += 1
        self._pgconn.flush()
        self.wait(_AHEAD)

    def wait(self, most: int) -> None:
        """Read answers until no more than this many attempts are under way."""
        while self._underway > most:
            unsent = self._pgconn.flush()
            select.select([self._pgconn.socket], [self._pgconn.socket] if unsent else [], [])
            self._pgconn.consume_input()
            while self._underway and not self._pgconn.is_busy():
                self._take(self._pgconn.get_result())

    def _take(self, answer: pq.abc.PGresult | None) -> None:
        if answer is None:
            return
        if answer.status == pq.ExecStatus.PIPELINE_SYNC:
            self.states.append(self._state)
            self._state = ""
            self._underway -= 1
        elif answer.status == pq.ExecStatus.FATAL_ERROR:
            self._state = (answer.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()

    def close(self) -> None:
        self._pgconn.exit_pipeline_mode()
        self._pgconn.nonblocking = 0
