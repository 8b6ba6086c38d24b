"""What a service says of itself while nobody asks it for anything: of no request, so that it is let pass."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.wire.lines import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_readiness.gather.wallet.wire.wire import Event, Wire

_LISTENED_S = 0.25
"""Several turns of what polls for work at once; what comes more seldom is met as seldom by a run."""

_LISTENED_ON_S = 0.5
"""Where anything was said, so that each instance has its turn."""

_ASKED_S = 5.0
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


def listened(wire: Wire, ask: Callable[[], Iterable[Callable[[], bool]]]) -> Apart:
    """Listen to a service that has nothing to do, and then to what it says of requests.

    Args:
        wire: What its statements pass through.
        ask: Makes a request of each instance, and returns what tells whether it was answered.
    """
    passing = _Passing(wire)
    passing.connections(wire.hold())
    try:
        said = passing.until(time.monotonic() + _LISTENED_S)
        if not said:
            return Apart()
        said |= passing.until(time.monotonic() + _LISTENED_ON_S)
        shapes = frozenset(shape for _, shape in said)
        answered = list(ask())
        asked = passing.until(time.monotonic() + _ASKED_S, lambda: all(one() for one in answered))
        shared = {line for line, shape in asked if shape not in shapes}
        return Apart(frozenset(line for line, _ in said) - shared, shapes)
    finally:
        passing.connections(wire.free())
        for event in passing.kept:
            wire.put(event)


@dataclass
class _Passing:
    """Lets everything pass, and keeps what tells of connections for those who come after."""

    wire: Wire
    kept: list[Event] = field(default_factory=list)
    unanswered: Counter[int] = field(default_factory=Counter)

    def connections(self, events: Iterable[Event]) -> None:
        """Keep what tells of connections."""
        self.kept += [event for event in events if event.what in ("opened", "closed")]

    def until(self, end: float, over: Callable[[], bool] = lambda: False) -> set[tuple[int, str]]:
        """Return which statements that make a difference came by which connection."""
        said: set[tuple[int, str]] = set()
        while not over() and (left := end - time.monotonic()) > 0:
            event = self.wire.next(min(left, 0.01))
            if event is None:
                continue
            self.connections([event])
            asked = Asked(event.text, event.runs)
            if event.what == "unit" and asked.runs and not (asked.automatic or asked.commits):
                said.add((event.line, asked.shape))
            self._pass_on(event)
        return said

    def _pass_on(self, event: Event) -> None:
        """Let one statement of a connection pass after the other."""
        if event.what == "unit":
            self.unanswered[event.line] += 1
            goes = self.unanswered[event.line] == 1
        elif event.what == "ended":
            self.wire.tell("deliver", event.line)
            self.unanswered[event.line] -= 1
            goes = self.unanswered[event.line] > 0
        else:
            return
        if goes:
            self.wire.tell("go", event.line)
