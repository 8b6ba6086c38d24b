"""Runs calls of an adapter side by side, each held where its service commits."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.wallet import Answer
from pytest_readiness.gather.wallet.backends import asleep
from pytest_readiness.gather.wallet.stepping import BOUND_S
from pytest_readiness.judges.wallet.anomalies import HANGS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    import psycopg

    from pytest_readiness.gather.wallet.adapted import AdaptedTeller
    from pytest_readiness.gather.wallet.gate import Gate
    from pytest_readiness.gather.wallet.wire.lines import Lines
    from pytest_readiness.gather.wallet.wire.wire import Wire

_POLL_S = 0.001
_QUIET_S = 0.1
"""After which a call that neither commits, answers nor waits for a lock is taken to wait in its service."""

_SLOW_S = 0.01
"""After which it may sleep before it tries again, if it waits for no lock."""

_OURS = "select pid from pg_stat_activity where datname = current_database()"
_BLOCKED = f"""
select a.pid from pg_stat_activity a
where a.datname = current_database() and a.wait_event_type = 'Lock'
  and pg_blocking_pids(a.pid) && array({_OURS})
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an adapter.

    Attributes:
        text: For a person.
        shown: What a person runs.
        lost: Whether its backend is ended in place of the COMMIT.
    """

    text: str
    operation: str
    values: dict[str, str | None]
    shown: str
    lost: bool = False


@dataclass
class Caller:
    """One client, and what it has yet to call."""

    number: int
    calls: Sequence[Call]
    answers: list[Answer] = field(default_factory=list)
    future: Future[Any] | None = None
    held: int = 0
    backend: int = 0
    waits: bool = False

    @property
    def finished(self) -> bool:
        """Whether all its calls were answered."""
        return len(self.answers) == len(self.calls)

    @property
    def ready(self) -> bool:
        """Whether it can take a step."""
        return bool(self.held) or (self.future is None and not self.finished)

    @property
    def call(self) -> Call:
        """The call that it is in, or comes to next."""
        return self.calls[min(len(self.answers), len(self.calls) - 1)]


@dataclass
class Meeting:
    """One run of several callers under a schedule.

    Attributes:
        monitor: A connection that asks who waits.
        lines: What is known of the connections of the service.
        wire: What they lead through: it tells which instance each belongs to.
        serial: Whether a call goes on until it is answered, however often its service commits.
        taken: The steps that were taken.
        waiting: Which callers could not go on, after each start of those steps.
        committed: The callers of operations in the order that they were answered in.
        faults: What is wrong whatever it led to.
    """

    sessions: list[Caller]
    teller: AdaptedTeller
    gate: Gate
    monitor: psycopg.Connection
    lines: Lines
    wire: Wire
    serial: bool = False
    lanes: list[tuple[int, str]] = field(default_factory=list)
    script: list[str] = field(default_factory=list)
    hangs: bool = False
    taken: str = ""
    waiting: dict[str, frozenset[str]] = field(default_factory=dict)
    committed: str = ""
    faults: list[str] = field(default_factory=list)

    def follow(self, schedule: str) -> None:
        """Take the steps of the schedule, and then the rest; a caller that waits is passed over."""
        self._deadline = time.monotonic() + BOUND_S
        self.gate.close()
        try:
            for digit in schedule:
                caller = self.sessions[int(digit)]
                if caller.ready:
                    self._take(caller)
                while self.serial and caller.held and not self.hangs:
                    self._take(caller)
            while not self.hangs and not all(caller.finished for caller in self.sessions):
                ready = [caller for caller in self.sessions if caller.ready]
                if ready:
                    self._take(ready[0])
                else:
                    self._settle(None)
        finally:
            self.gate.open()
        if self.hangs:
            self._end()

    def _take(self, caller: Caller) -> None:
        if caller.held:
            pid, caller.held = caller.held, 0
            self._say(caller, "connection lost" if caller.call.lost else "COMMIT")
            if caller.call.lost:
                self.gate.end(pid)
            else:
                self.gate.release(pid)
        else:
            self._say(caller, caller.call.text)
            self.script.append(f"# caller {caller.number}: {caller.call.shown}")
            caller.future = self.teller.submit(caller.call.operation, caller.call.values, caller.number)
        self.taken += str(caller.number)
        self._settle(caller)
        waiting = frozenset(str(one.number) for one in self.sessions if one.future and not one.held)
        self.waiting[self.taken] = waiting

    def _settle(self, running: Caller | None) -> None:
        """Wait until every caller has its answer, is held, or waits for another."""
        quiet = time.monotonic() + _QUIET_S
        while busy := [caller for caller in self.sessions if caller.future and not caller.held]:
            if time.monotonic() > self._deadline:
                self.hangs = True
                return
            if self._advance(busy, running):
                quiet = time.monotonic() + _QUIET_S
                continue
            # One by one nobody waits for another: who says nothing is slow, and the next has not begun.
            others = not self.serial and any(caller.held or caller.ready for caller in self.sessions)
            blocked = self._blocked(slow=time.monotonic() > quiet - _QUIET_S + _SLOW_S)
            if others and (len(blocked) >= len(busy) or time.monotonic() > quiet):
                self._attribute(blocked, running)
                for caller in busy:
                    if not caller.waits:
                        self._say(caller, "  … waits")
                        caller.waits = True
                return
            time.sleep(_POLL_S)

    def _advance(self, busy: list[Caller], running: Caller | None) -> bool:
        """Note answers, and who has come to the gate; tell whether there was any."""
        known = {caller.held for caller in self.sessions}
        fresh = sorted(self.gate.held().keys() - known)
        for pid in fresh:
            if self._is_apart(pid):
                self.gate.release(pid)
            elif owner := self._owner(pid, [caller for caller in busy if not caller.held], running):
                owner.held = owner.backend = pid
            else:
                self._pass_late(pid)
        answered = [caller for caller in busy if caller.future and not caller.held and caller.future.done()]
        for caller in answered:
            self._take_answer(caller)
        return bool(fresh or answered)

    def _take_answer(self, caller: Caller) -> None:
        if caller.future is None:
            return
        answer = self.teller.finish(caller.call.operation, caller.future)
        said = f"{answer.sqlstate} {answer.message}" if answer.sqlstate else answer.result
        caller.answers.append(answer)
        caller.future, caller.waits, caller.backend = None, False, 0
        self.committed += str(caller.number)
        self._say(caller, f"  → {said}")

    def _blocked(self, *, slow: bool) -> set[int]:
        """Return which backends wait for others, and those that sleep before they try again."""
        blocked = {row[0] for row in self.monitor.execute(_BLOCKED.encode()).fetchall()}
        if not slow:
            return blocked
        ours = [row[0] for row in self.monitor.execute(_OURS).fetchall()]
        # Who is held at the gate sleeps there too.
        return blocked | (asleep(self.monitor, ours, ours) - self.gate.held().keys())

    def _attribute(self, blocked: set[int], running: Caller | None) -> None:
        """Remember whose backend has begun to wait: it was the only one that ran."""
        fresh = blocked - {caller.backend for caller in self.sessions}
        if running is not None and running.future and not running.held and len(fresh) == 1:
            running.backend = fresh.pop()

    def _say(self, caller: Caller, text: str) -> None:
        self.lanes.append((caller.number, text))

    def _end(self) -> None:
        """Give up on what did not end."""
        give_up(self.sessions)

    def _owner(self, pid: int, waiting: list[Caller], running: Caller | None) -> Caller | None:
        """Return whose backend came to the gate.

        It is of the one whose instance it belongs to; where several share it, of the one that was seen to
        wait with it, or of the one that ran.
        """
        theirs = self._those_at(pid)
        waiting = [caller for caller in waiting if caller in theirs]
        known = next((caller for caller in waiting if caller.backend == pid), None)
        return known or (running if running in waiting else next(iter(waiting), None))

    def _those_at(self, pid: int) -> list[Caller]:
        """Return who calls the instance that a backend belongs to; everybody where that is not known."""
        self._listen()
        door = next((line.door for line in self.lines if line.pid == pid), None)
        theirs = [caller for caller in self.sessions if self.teller.place(caller.number) == door]
        return theirs or self.sessions

    def _is_apart(self, pid: int) -> bool:
        """Tell whether a backend serves what the service does of itself."""
        self._listen()
        return any(line.pid == pid and line.number in self.wire.apart.lines for line in self.lines)

    def _listen(self) -> None:
        while event := self.wire.next(0):
            self.lines.hear(event)

    def _pass_late(self, pid: int) -> None:
        """Let what nobody of its instance waits for commit, or lose it: nobody would come back to it.

        A request was answered before, or left it to be done afterwards.
        """
        theirs = self._those_at(pid)
        if len(theirs) == 1 and theirs[0].answers and theirs[0].calls[len(theirs[0].answers) - 1].lost:
            self.gate.end(pid)
        else:
            self.gate.release(pid)


def give_up(callers: Sequence[Caller]) -> None:
    """Say of what did not end that it hangs."""
    for caller in callers:
        while not caller.finished:
            caller.answers.append(Answer(caller.call.operation, accepted=False, message=HANGS))
