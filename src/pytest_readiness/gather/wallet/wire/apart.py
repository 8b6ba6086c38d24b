"""What a service says of itself while nobody asks it for anything: of no request, so that it is let pass."""

from __future__ import annotations

import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.wire.lines import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_readiness.gather.wallet.wire.wire import Event, Wire

    Ask = Callable[[], Iterable[Callable[[], bool]]]
    Withholds = Callable[[Event], bool]

_LISTENED_S = 0.25
"""Several turns of what polls for work at once; what comes more seldom is met as seldom by a run."""

_LISTENED_ON_S = 0.5
"""Where anything was said, so that each instance has its turn."""

_ASKED_S = 5.0
_WITHHELD_S, _TIMES_ASKED = 0.5, 3
"""Without what they need, requests are not answered within this time, or so many times what they took."""

_TRIES = 3
"""What has the only connection when it is withheld keeps requests waiting that do not need it."""

_OPEN = ("T", "E")


@dataclass
class Apart:
    """Tells what is of no request, by the connection or by the statement.

    Attributes:
        lines: Connections that carried no statement of a request.
        shapes: Of statements that came while there was no request: with the rest of their transaction they
            are of none, whatever connection they come by.
    """

    lines: frozenset[int] = frozenset()
    shapes: frozenset[str] = frozenset()
    _within: set[int] = field(default_factory=set)
    _heard: set[int] = field(default_factory=set)
    _unanswered: Counter[int] = field(default_factory=Counter)

    def forget(self) -> None:
        """Forget what is under way: nothing is held any more."""
        self._within.clear()
        self._heard.clear()
        self._unanswered.clear()

    def takes(self, event: Event) -> list[str] | None:
        """Return the commands by which what an event tells of is let pass; None if it is of a request."""
        if event.what == "unit":
            mine = self._is_mine(event)
            self._heard.add(event.line)
            self._unanswered[event.line] += 1
            return (["go"] if self._unanswered[event.line] == 1 else []) if mine else None
        if event.what != "ended":
            return None
        self._unanswered[event.line] -= self._unanswered[event.line] > 0
        if event.line not in self.lines | self._within:
            return None
        if event.status == "I":
            self._within.discard(event.line)
        return ["deliver", "go"] if self._unanswered[event.line] else ["deliver"]

    def _is_mine(self, event: Event) -> bool:
        if event.line in self.lines | self._within:
            return True
        # What was begun while nothing was held, and is not at its end, was begun by no request.
        under_way = bool(self.shapes) and event.status in _OPEN and event.line not in self._heard
        known = not self._unanswered[event.line] and Asked(event.text, event.runs).shape in self.shapes
        if not (under_way or known):
            return False
        self._within.add(event.line)
        return True


def listened(wire: Wire, ask: Ask) -> Apart:
    """Listen to a service that has nothing to do, and then to what it says of requests.

    Args:
        wire: What its statements pass through.
        ask: Makes requests of each instance and kind, and returns what tells whether each was answered.
    """
    passing = _Passing(wire)
    passing.connections(wire.hold())
    try:
        said = passing.until(time.monotonic() + _LISTENED_S)
        if not said:
            return Apart()
        said |= passing.until(time.monotonic() + _LISTENED_ON_S)
        return _told(passing, said, ask)
    finally:
        passing.let_go()
        passing.connections(wire.free())
        for event in passing.kept:
            wire.put(event)


def _told(passing: _Passing, said: set[tuple[int, str]], ask: Ask) -> Apart:
    """Tell what of that is of no request: each is answered while it is withheld."""
    began = time.monotonic()
    answered, shapes = list(ask()), {shape for _, shape in said}
    asked = passing.until(began + _ASKED_S, lambda: all(one() for one in answered))
    own = {line for line, _ in said} - {line for line, shape in asked if shape not in shapes}
    if not all(one() for one in answered):
        return Apart(frozenset(own))
    patience_s = max(_WITHHELD_S, _TIMES_ASKED * (time.monotonic() - began))

    def needed(withholds: Withholds) -> bool:
        return not any(passing.answered_without(withholds, ask, patience_s) for _ in range(_TRIES))

    used = {shape for shape in shapes if needed(partial(_says, shape))}
    if used:
        own = {line for line in own if not needed(partial(_comes_by, line))}
    return Apart(frozenset(own), frozenset(shapes - used))


def _says(shape: str, event: Event) -> bool:
    return Asked(event.text, event.runs).shape == shape


def _comes_by(line: int, event: Event) -> bool:
    return event.line == line


@dataclass
class _Passing:
    """Lets everything pass, and keeps what tells of connections for those who come after.

    Attributes:
        waiting: What each connection has said and was not answered, of which the first was passed on.
        withheld: Connections whose first was not.
    """

    wire: Wire
    kept: list[Event] = field(default_factory=list)
    waiting: dict[int, deque[Event]] = field(default_factory=lambda: defaultdict(deque))
    withheld: set[int] = field(default_factory=set)
    _within: set[int] = field(default_factory=set)
    _withholds: Withholds | None = None

    def connections(self, events: Iterable[Event]) -> None:
        """Keep what tells of connections."""
        self.kept += [event for event in events if event.what in ("opened", "closed")]

    def until(self, end: float, over: Callable[[], bool] = lambda: False) -> set[tuple[int, str]]:
        """Return which statements that make a difference came first in a transaction, by which connection."""
        said: set[tuple[int, str]] = set()
        while not over() and (left := end - time.monotonic()) > 0:
            event = self.wire.next(min(left, 0.01))
            if event is None:
                continue
            self.connections([event])
            asked = Asked(event.text, event.runs)
            differs = event.what == "unit" and asked.runs and not (asked.automatic or asked.commits)
            if differs and event.line not in self._within:
                self._within.add(event.line)
                said.add((event.line, asked.shape))
            self._pass_on(event)
        return said

    def answered_without(self, withholds: Withholds, ask: Ask, patience_s: float) -> bool:
        """Tell whether requests are answered while something is withheld, which is let go afterwards."""
        self._withholds = withholds
        answered = list(ask())

        def over() -> bool:
            return all(one() for one in answered)

        self.until(time.monotonic() + patience_s, over)
        found = over()
        self.let_go()
        self.until(time.monotonic() + _ASKED_S, over)
        return found

    def let_go(self) -> None:
        """Withhold nothing any more."""
        self._withholds = None
        for line in self.withheld:
            self.wire.tell("go", line)
        self.withheld.clear()

    def _pass_on(self, event: Event) -> None:
        """Let one statement of a connection pass after the other."""
        line = self.waiting[event.line]
        if event.what == "unit":
            line.append(event)
            goes = len(line) == 1
        elif event.what == "ended":
            self.wire.tell("deliver", event.line)
            if event.status == "I":
                self._within.discard(event.line)
            if line:
                line.popleft()
            goes = bool(line)
        else:
            if event.what == "closed":
                line.clear()
                self._within.discard(event.line)
                self.withheld.discard(event.line)
            return
        if goes and self._withholds and self._withholds(line[0]):
            self.withheld.add(event.line)
        elif goes:
            self.wire.tell("go", event.line)
