"""Runs sessions side by side, held before statements of the functions that their calls come to."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.between.halts import listener
from pytest_readiness.gather.wallet.stepping import BOUND_S, Run, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.evidence.wallet import Place
    from pytest_readiness.gather.wallet.between.halts import Halts


@dataclass
class Held(Session):
    """A session that can be held before a statement of a function.

    Attributes:
        passed: The number of the last step that it came to.
        halt: The number of the step before which it is to be held; 0 for none.
    """

    passed: int = 0
    halt: int = 0


@dataclass
class BetweenRun(Run):
    """One run of several sessions, in which a step ends before the next statement that comes to the database.

    Attributes:
        halts: Holds sessions.
        places: All statements, by their numbers.
        reached: Numbers of those that were come to.
        ends: How many steps each session had taken when an operation of its ended.
        idle_waits: Sessions that began to wait in their first call, with nothing written or locked.
    """

    halts: Halts = field(kw_only=True)
    places: Mapping[int, Place] = field(kw_only=True)
    reached: set[int] = field(default_factory=set)
    ends: dict[int, list[int]] = field(default_factory=dict)
    idle_waits: set[int] = field(default_factory=set)

    def follow(self, schedule: str, then: int | None = None) -> None:
        """Take the steps of the schedule; whoever went last goes on as far as it can, then the others.

        Args:
            schedule: One digit a step.
            then: Who goes on after it, in place of whoever went last.
        """
        self.deadline = time.monotonic() + BOUND_S
        self.halts.reset()
        with ExitStack() as listening:
            for session in self.sessions:
                self._listen(session, listening)
            for digit, steps in groupby(schedule):
                self._advance(self.sessions[int(digit)], len(list(steps)))
            last = int(schedule[-1:] or 0) if then is None else then
            while not self.hangs and any(not session.finished for session in self.sessions):
                ready = [session for session in self.sessions if session.ready]
                if ready:
                    chosen = next((s for s in ready if s.number == last), ready[0])
                    last = chosen.number
                    self._advance(chosen)
                else:
                    self._settle(progress=True)
            if self.hangs:
                self._end()

    def _listen(self, session: Session, listening: ExitStack) -> None:
        def take(place: int, step: int) -> None:
            self.reached.add(place)
            if step and isinstance(session, Held):
                self._come(session, self.places[place], step)

        handler, connection = listener(take), session.teller.connection
        connection.add_notice_handler(handler)
        listening.callback(connection.remove_notice_handler, handler)

    def _come(self, session: Held, place: Place, step: int) -> None:
        session.passed = step
        session.halted = step == session.halt
        session.waits = session.waits and not session.halted
        self.lanes.append((session.number, f"  {place}"))
        if not session.halted:
            self.taken += str(session.number)

    def _advance(self, session: Session, steps: int = 0) -> None:
        """Let a session take so many steps, or all that it has, until it waits or has ended."""
        if not isinstance(session, Held):
            raise TypeError(session)
        target = self.taken.count(str(session.number)) + steps
        while session.ready and not self.hangs:
            left = target - self.taken.count(str(session.number))
            if steps and left <= 0:
                return
            self._go(session, left if steps else 0)

    def _go(self, session: Held, steps: int) -> None:
        """Let a session go on from where it is to a later place, or to the end of its statement."""
        if session.halt and not session.halted:
            # It was to be held when it would have waited no more, and was refused instead.
            self.halts.release(session.number, session.halt)
        calls = session.halted or session.done % 2 == 0
        session.halt, before = (session.passed + steps if steps and calls else 0), session.passed
        if session.halt:
            self.halts.hold(session.number, session.halt)
        self.taken += str(session.number)
        if session.halted:
            session.halted = False
            self.halts.release(session.number, before)
            self.script.append(f"-- session {session.number} goes on")
        else:
            statement = session.next_statement
            self.lanes.append((session.number, session.send()))
            self.script += [f"-- in session {session.number}:", statement]
        self._settle()
        self._rest(session)

    def _rest(self, session: Held) -> None:
        """Take note of where a session has come to, and let nothing hold it elsewhere later on."""
        if session.halted:
            place = self.lanes[-1][1].strip()
            self.script.append(f"-- session {session.number} is held before {place}")
            return
        if session.halt:
            self.halts.release(session.number, session.halt)
            session.halt = 0
        if session.busy:
            # Whoever lets it go on may be in the midst of something.
            session.halt = session.passed + 1
            self.halts.hold(session.number, session.halt)
        elif session.done % 2 == 0:
            self.committed += str(session.number)
            count = self.taken.count(str(session.number))
            self.ends.setdefault(session.number, []).append(count)

    def _begins_to_wait(self, session: Session) -> None:
        if session.done == 1 and self.watch.untouched(session.connection.backend_pid):
            self.idle_waits.add(session.number)

    def _end(self) -> None:
        super()._end()
        self.halts.reset()
