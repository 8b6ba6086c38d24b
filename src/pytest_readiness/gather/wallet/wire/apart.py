"""What a service says of itself while nobody asks it for anything: of no request, so that it is let pass."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.wire.left import Tables, what_is_left
from pytest_readiness.gather.wallet.wire.lines import Asked
from pytest_readiness.gather.wallet.wire.passing import ASKED_S, Passing, says

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.gather.wallet.wire.passing import Ask, Withholds
    from pytest_readiness.gather.wallet.wire.wire import Event, Wire

_LISTENED_S = 0.25
"""Several turns of what polls for work at once; what comes more seldom is met as seldom by a run."""

_LISTENED_ON_S = 0.5
"""Where anything was said, so that each instance has its turn."""

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
        shapes: Of statements that came while there was no request, or after one was answered: with the rest
            of their transaction they are of none, whatever connection they come by.
        talks: Whether anything was said while there was no request.
        left: Of the first statements of transactions that a request leaves to be done after its answer.
        needed: Of the first statements of transactions that a request is not answered without.
        relations: That nobody but those of them touches that are let pass.
    """

    lines: frozenset[int] = frozenset()
    shapes: frozenset[str] = frozenset()
    talks: bool = False
    left: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
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
        under_way = self.talks and event.status in _OPEN and event.line not in self._heard
        known = not self._unanswered[event.line] and Asked(event.text, event.runs).shape in self.shapes
        if not (under_way or known):
            return False
        self._within.add(event.line)
        return True


def listened(wire: Wire, ask: Ask, kinds: Sequence[Ask], tables: Tables) -> Apart:
    """Listen to a service that has nothing to do, and then to what it says of requests.

    Args:
        wire: What its statements pass through.
        ask: Makes requests of each instance and kind.
        kinds: Each makes requests of one kind, which are done.
        tables: What is known of the relations of the wallet.
    """
    passing = Passing(wire)
    passing.connections(wire.hold())
    try:
        said = passing.until(time.monotonic() + _LISTENED_S)
        if not said:
            return _with_what_is_left(passing, Apart(), kinds, tables)
        said += passing.until(time.monotonic() + _LISTENED_ON_S)
        apart = _told(passing, {(one.line, one.first) for one in said}, ask)
        return _with_what_is_left(passing, apart, kinds, tables)
    finally:
        passing.let_go()
        passing.connections(wire.free())
        for event in passing.kept:
            wire.put(event)


def _with_what_is_left(passing: Passing, apart: Apart, kinds: Sequence[Ask], tables: Tables) -> Apart:
    """Let pass what comes after answers too, where it touches nothing that requests do."""
    left = what_is_left(
        passing, kinds, lambda one: one.line in apart.lines or one.first in apart.shapes, tables
    )
    return replace(
        apart,
        shapes=apart.shapes | {one.first for one in left.beside},
        left=frozenset(one.first for one in left.transactions),
        needed=frozenset(one.first for one in left.needed),
        relations=frozenset[str]().union(*(one.relations for one in left.beside)),
    )


def _told(passing: Passing, said: set[tuple[int, str]], ask: Ask) -> Apart:
    """Tell what of that is of no request: each is answered while it is withheld."""
    began = time.monotonic()
    answered, shapes = list(ask()), {shape for _, shape in said}
    asked = passing.until(began + ASKED_S, lambda: all(one.done() for one in answered))
    own = {line for line, _ in said} - {one.line for one in asked if one.first not in shapes}
    if not all(one.done() for one in answered):
        return Apart(frozenset(own))
    patience_s = max(_WITHHELD_S, _TIMES_ASKED * (time.monotonic() - began))

    def needed(withholds: Withholds) -> bool:
        return not any(passing.answered_without(withholds, ask, patience_s) for _ in range(_TRIES))

    used = {shape for shape in shapes if needed(partial(says, shape))}
    if used:
        own = {line for line in own if not needed(partial(_comes_by, line))}
    return Apart(frozenset(own), frozenset(shapes - used), talks=bool(shapes - used))


def _comes_by(line: int, event: Event) -> bool:
    return event.line == line
