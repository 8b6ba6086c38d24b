"""Runs requests to a service side by side, each held before every statement that it sends to the server.

One request is active at a time: what the others say is held, what they wait for is under way in the server,
or its answer is withheld. So whose statement it is needs no mark in the service. Where each request has an
instance of its own, the door that its connections came in by tells as much, however slow the machine is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.backends import end
from pytest_readiness.gather.wallet.meeting import give_up
from pytest_readiness.gather.wallet.stepping import BOUND_S
from pytest_readiness.gather.wallet.teller import WalletError
from pytest_readiness.gather.wallet.wire.lines import Asked
from pytest_readiness.gather.wallet.wire.wire import Event
from pytest_readiness.judges.wallet.serial import CONFLICTS

if TYPE_CHECKING:
    from pytest_readiness.gather.wallet.adapted import AdaptedTeller
    from pytest_readiness.gather.wallet.backends import Backends
    from pytest_readiness.gather.wallet.meeting import Caller
    from pytest_readiness.gather.wallet.wire.lines import Line, Lines
    from pytest_readiness.gather.wallet.wire.wire import Wire

PATIENCE_S = 0.5
"""Without an event, after which a request is taken to wait in its service, where nothing is known of it."""

_POLL_S, _LOOK_S = 0.0015, 0.01
_BLOCKED_S = 0.003
_REPLY_S = 0.005
"""Within which a reply that was sent is there."""

_MOST_STEPS = 300
EARLY = "was answered before its COMMIT"


@dataclass
class WireMeeting:
    """One run of several callers under a schedule.

    Attributes:
        backends: Tells who waits.
        patience_s: After which silence a request is taken to wait in its service.
        serial: Whether a call goes on until it is answered.
        taken: The steps that were taken.
        waiting: Which callers could not go on, after each start of those steps.
        committed: The callers of operations in the order that they were answered in.
        statements: How many were stepped.
        silence: Seconds of the longest that passed without an event while a request was at work.
        faults: What is wrong whatever it led to.
    """

    sessions: list[Caller]
    teller: AdaptedTeller
    wire: Wire
    backends: Backends
    lines: Lines
    patience_s: float = PATIENCE_S
    serial: bool = False
    lanes: list[tuple[int, str]] = field(default_factory=list)
    script: list[str] = field(default_factory=list)
    hangs: bool = False
    taken: str = ""
    waiting: dict[str, frozenset[str]] = field(default_factory=dict)
    committed: str = ""
    statements: int = 0
    silence: float = 0
    faults: list[str] = field(default_factory=list)
    _undecided: list[Line] = field(default_factory=list)
    _silent: set[int] = field(default_factory=set)
    _done: set[int] = field(default_factory=set)  # since its COMMIT it has not been seen to go on
    _refused: dict[int, str] = field(default_factory=dict)

    def follow(self, schedule: str, then: int | None = None) -> None:
        """Take the steps of the schedule, and then the rest; a caller that waits is passed over.

        Args:
            schedule: One digit a step.
            then: Who goes on after it, in place of whoever went last.
        """
        self._deadline = time.monotonic() + BOUND_S
        self._only_connections(self.wire.hold())
        try:
            for digit in schedule:
                self._step(self.sessions[int(digit)])
            last = int(schedule[-1:] or 0) if then is None else then
            while not self.hangs and any(self._pending(caller) for caller in self.sessions):
                ready = [caller for caller in self.sessions if caller.ready]
                if ready:
                    chosen = next((caller for caller in ready if caller.number == last), ready[0])
                    last = chosen.number
                    self._take(chosen)
                else:
                    self._settle(None)
                    self._wake()
                self.hangs = self.hangs or len(self.taken) > _MOST_STEPS
        finally:
            self._only_connections(self.wire.free())
        self._end()

    def _only_connections(self, events: list[Event]) -> None:
        """Take note of who came and went; the rest is of no run."""
        for event in events:
            self.lines.hear(event)

    def _step(self, caller: Caller) -> None:
        # One by one, what a call left to be done when it was answered is no step of the next.
        self._go_through(caller)
        if caller.ready and not self.hangs:
            self._take(caller)
        self._go_through(caller)

    def _go_through(self, caller: Caller) -> None:
        while self.serial and caller.held and not self.hangs:
            self._take(caller)

    def _pending(self, caller: Caller) -> bool:
        return not caller.finished or bool(caller.held)

    def _take(self, caller: Caller) -> None:
        self.taken += str(caller.number)
        self._silent.discard(caller.number)
        if caller.held:
            line, caller.held = self.lines.at(caller.held), 0
            self.statements += 1
            asked = line.asked[0]
            self._say(caller, f"  {asked.shown}")
            self.script.append(f"# the service goes on for caller {caller.number}: {asked.shown}")
            if asked.shape in self.wire.apart.needed:
                self._done.discard(caller.number)
            if asked.commits or caller.number in self._done:
                self._hear_answer(caller)
            if asked.commits:
                self._done.add(caller.number)
            if caller.call.lost and asked.commits:
                self._say(caller, "    connection lost")
                lose(self.wire, line, self.backends)
            else:
                self._pass_on(line)
        else:
            self._say(caller, caller.call.text)
            self.script.append(f"# caller {caller.number}: {caller.call.shown}")
            number = caller.number
            self._done.discard(number)
            caller.future = self.teller.submit(caller.call.operation, caller.call.values, number)
            caller.future.add_done_callback(lambda _: self.wire.put(Event("answered", caller=number)))
        self._settle(caller)
        self._wake()
        waiting = frozenset(str(one.number) for one in self.sessions if one.future and not one.held)
        self.waiting[self.taken] = waiting

    def _hear_answer(self, caller: Caller) -> None:
        """Hear the answer of a request that was answered before what is held.

        That may be its COMMIT; or it is done, and what is held is what it leaves to be done afterwards. A
        request that is not answered then goes on, and is not done before its next COMMIT.
        """
        until = time.monotonic() + (self.patience_s if caller.number in self._done else _REPLY_S)
        while caller.future is not None and (event := self.wire.next(until - time.monotonic())):
            self._heard(event, caller)
        self._done.discard(caller.number)

    def _pass_on(self, line: Line) -> None:
        asked = line.asked.popleft()
        line.prepared = not asked.runs and not asked.automatic
        line.underway = True
        self.wire.tell("go", line.number)

    def _settle(self, running: Caller | None) -> None:
        """Let a request run until it is held, answered, or waits; without one, until anything happens."""
        since, at_work = time.monotonic(), running is not None
        while not self._stopped(running):
            now = time.monotonic()
            if now > self._deadline:
                self.hangs = True
                return
            mine = [line for line in self.lines if line.underway and line.owner is running]
            event = self.wire.next(_POLL_S if mine else min(self.patience_s, _LOOK_S))
            if event is not None:
                if event.what == "apart":
                    self._heard(event, running)
                    continue
                if at_work and not mine:
                    self.silence = max(self.silence, time.monotonic() - since)
                owner, since = self._heard(event, running), time.monotonic()
                if running is None and owner is not None:
                    return
            elif running is not None and self._gives_up(running, mine, now - since):
                return

    def _gives_up(self, running: Caller, mine: list[Line], silent_s: float) -> bool:
        """Tell whether a request that has said nothing for a while waits, and for what."""
        if mine:
            pids = [line.pid for line in self.lines]
            waits = silent_s > _BLOCKED_S and self.backends.wait([line.pid for line in mine], pids)
            if waits:
                self._waits(running)
            return waits
        if silent_s <= self.patience_s or self._give(running) or self.serial:
            return False  # one by one nobody waits for another, and who says nothing is slow
        if running.future is not None:
            self._waits(running)
            self._silent.add(running.number)
        return True

    def _stopped(self, running: Caller | None) -> bool:
        if running is None:
            return False
        self._hold_next(running)
        if running.held:
            return True
        return running.future is None and not any(self._open(line, running) for line in self.lines)

    def _open(self, line: Line, caller: Caller) -> bool:
        """Tell whether a caller that was answered still has something under way."""
        return line.within is caller and (line.status == "T" or line.underway)

    def _heard(self, event: Event, running: Caller | None) -> Caller | None:
        """Take note of an event, and return whose it is."""
        if event.what == "answered":
            caller = self.sessions[event.caller]
            if caller.future is None or not caller.future.done():
                return None
            self._take_answer(caller)
            return caller
        self.lines.hear(event)
        if event.what in ("opened", "closed", "apart"):
            for caller in self.sessions:
                gone = event.what == "closed" and caller.held == event.line
                caller.held = 0 if gone else caller.held
            return None
        line = self.lines.at(event.line)
        if event.what == "unit":
            return self._asked(line, event, running)
        return self._answered(line, event, running)

    def _asked(self, line: Line, event: Event, running: Caller | None) -> Caller | None:
        asked = Asked(event.text, event.runs)
        line.asked.append(asked)
        if asked.runs and not (asked.automatic or asked.commits):
            line.first = line.first or asked.shape
        line.status = event.status
        owner = line.within
        if owner is None or (owner.future is None and not self._open(line, owner)):
            owner = self._owner(line, running)
            line.owner = owner
        # Whoever calls nothing here has left it to be done by a run before.
        left = owner is not None and not owner.calls
        if left:
            line.owner = owner = None
        if asked.automatic or line.prepared or left:
            if line.held:
                self._pass_on(line)
                line.prepared = False
        elif owner is not None:
            self._hold(line, owner)
        return owner

    def _owner(self, line: Line, running: Caller | None) -> Caller | None:
        """Return whose a statement on an idle connection is; None while that cannot be told."""
        theirs = [caller for caller in self.sessions if self.teller.place(caller.number) == line.door]
        if len(theirs) == 1:
            return theirs[0]
        silent = [caller for caller in self.sessions if caller.number in self._silent]
        if running is None:
            return silent[0] if silent else next((c for c in self.sessions if c.future), None)
        if silent and running.future is not None:
            self._undecided.append(line)
            return None
        return silent[0] if silent else running

    def _hold(self, line: Line, owner: Caller) -> None:
        line.owner = owner
        self._silent.discard(owner.number)
        if not owner.held and line.held:
            owner.held = line.number
            owner.waits = False

    def _hold_next(self, running: Caller) -> None:
        """Hold a request at what it has said on another connection, when it is done with the first."""
        theirs = [line for line in self.lines if line.owner is running]
        if not running.held and not any(line.underway for line in theirs):
            line = next((line for line in theirs if line.held), None)
            if line is not None:
                self._hold(line, running)

    def _give(self, caller: Caller) -> bool:
        """Let a caller have what nobody else can have said; tell whether there was anything."""
        given = [line for line in self._undecided if line.held]
        self._undecided.clear()
        for line in given:
            self._hold(line, caller)
        return bool(given)

    def _answered(self, line: Line, event: Event, running: Caller | None) -> Caller | None:
        line.underway, line.status = False, event.status or line.status
        line.first = line.first if line.status != "I" else ""
        owner = line.owner
        if owner is not None and event.sqlstate:
            self._refused[owner.number] = event.sqlstate
            self._say(owner, f"    → {event.sqlstate}")
        if owner is None or owner is running:
            self._deliver(line)
        else:
            line.withheld = True
        return owner

    def _deliver(self, line: Line) -> None:
        line.withheld = False
        self.wire.tell("deliver", line.number)
        if line.asked and (line.asked[0].automatic or line.prepared):
            self._pass_on(line)
        elif line.asked and line.owner is not None:
            self._hold(line, line.owner)

    def _wake(self) -> None:
        """Let those go on who waited for what the active request has ended, one after the other."""
        while not self.hangs:
            line = next((line for line in self.lines if line.withheld), None)
            if line is not None:
                self._deliver(line)
                if line.owner is not None:
                    self._settle(line.owner)
                continue
            woken = next((caller for caller in self.sessions if caller.number in self._silent), None)
            if woken is None or not self._woke(woken):
                return

    def _woke(self, caller: Caller) -> bool:
        """Give a request that waited in its service the time to go on; tell whether it did."""
        if self._give(caller):
            self._silent.discard(caller.number)
            return True
        until = time.monotonic() + self.patience_s
        while (left := until - time.monotonic()) > 0:
            event = self.wire.next(left)
            if event is None:
                return False
            if self._heard(event, None) is caller:
                self._silent.discard(caller.number)
                self._settle(caller)
                return True
        return False

    def _waits(self, caller: Caller) -> None:
        if not caller.waits and caller.future is not None:
            self._say(caller, "    … waits")
            caller.waits = True

    def _take_answer(self, caller: Caller) -> None:
        if caller.future is None:
            return
        answer = self.teller.finish(caller.call.operation, caller.future)
        seen = self._refused.pop(caller.number, "")
        if seen in CONFLICTS and not answer.accepted:
            # The service may say it in words of its own.
            answer = replace(answer, sqlstate=seen)
        left = self.wire.apart.left
        mine = [line for line in self.lines if line.within is caller and line.first not in left]
        open_lines = [line for line in mine if line.status == "T"]
        if answer.accepted and any(self.backends.wrote(line.pid) for line in open_lines):
            self.faults.append(f"{caller.call.text} {EARLY}")
        said = f"{answer.sqlstate} {answer.message}" if answer.sqlstate else answer.result
        caller.answers.append(answer)
        caller.future, caller.waits = None, False
        self._silent.discard(caller.number)
        self.committed += str(caller.number)
        self._say(caller, f"  → {said}")

    def _say(self, caller: Caller, text: str) -> None:
        self.lanes.append((caller.number, text))

    def _end(self) -> None:
        """Give up on what did not end, and forget what is not of the next run."""
        give_up(self.sessions)
        for line in self.lines:
            line.asked.clear()
            line.underway = line.withheld = line.prepared = False
            line.owner, line.first = None, ""


def lose(wire: Wire, line: Line, backends: Backends) -> None:
    """Cut a connection on both sides; what the service said last on it never reached the server.

    Raises:
        WalletError: It cannot be told that the server has given it up.
    """
    line.asked.clear()
    wire.tell("cut", line.number)
    if not line.pid or not end(backends.monitor, line.pid, BOUND_S):
        raise WalletError(f"the server did not end the connection of pid {line.pid} within {BOUND_S:g} s")
