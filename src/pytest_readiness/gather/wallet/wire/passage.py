"""One request that is alone with the server: its statements pass one by one, until a connection is lost."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pytest_readiness.gather.wallet.teller import WalletError
from pytest_readiness.gather.wallet.wire.lines import Asked
from pytest_readiness.gather.wallet.wire.meeting import lose
from pytest_readiness.gather.wallet.wire.wire import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from types import TracebackType

    from pytest_readiness.gather.wallet.backends import Backends
    from pytest_readiness.gather.wallet.wire.lines import Line, Lines
    from pytest_readiness.gather.wallet.wire.wire import Wire

_LEFT_S = 0.5
"""Within which a request that was answered comes to what it leaves to be done."""


@dataclass(frozen=True, slots=True)
class Point:
    """A statement of a call: the first, second or later one of its shape.

    By its place alone it would be another one where a driver asks something once on a connection.
    """

    shape: str
    time: int


def points(statements: Iterable[Asked]) -> dict[Point, Asked]:
    """Return the statements of a call by their points, in order."""
    found: dict[Point, Asked] = {}
    times: Counter[str] = Counter()
    for asked in statements:
        times[asked.shape] += 1
        found[Point(asked.shape, times[asked.shape])] = asked
    return found


class Passage:
    """Statements that are held one by one while it lasts.

    Args:
        wire: What they pass through.
        backends: Of the service.
        lines: Connections of the service, which outlive a passage.
        limit_s: Within which the request is to be answered.
    """

    def __init__(self, wire: Wire, backends: Backends, lines: Lines, limit_s: float) -> None:
        self._wire, self._backends, self._lines = wire, backends, lines
        self._limit_s = limit_s
        self._end_run()

    def __enter__(self) -> Self:
        """Hold everything."""
        self._heard(self._wire.hold())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let everything pass."""
        self._heard(self._wire.free())
        self._end_run()

    def answered(self, _: Future[Any]) -> None:
        """Take note that the request was answered; any thread may call it."""
        self._wire.put(Event("answered"))

    def all_of(self, future: Future[Any], *, leaves: bool = False) -> list[Asked]:
        """Let a request run to its answer, and return the statements that make a difference.

        Args:
            future: Done when the request is answered.
            leaves: Whether it is known to leave something to be done afterwards, which is waited for.
        """
        events = self._with_what_it_leaves(future) if leaves else self._events(future)
        return [asked for asked, _ in self._stops(events)]

    def cut(self, future: Future[Any], point: Point, *, sent: bool) -> None:
        """Lose the connection at a statement, and let the request run on without it.

        Args:
            future: Done when the request is answered.
            point: Which statement it is.
            sent: Whether the server has done it, and only the answer is lost.

        Raises:
            WalletError: The request does not come to that statement, or is not answered in time.
        """
        times = 0
        for asked, line in self._stops(self._with_what_it_leaves(future)):
            times += asked.shape == point.shape
            if asked.shape != point.shape or times != point.time:
                continue
            if sent:
                line.asked.clear()
                self._wire.tell("go", line.number)
                self._until("ended", line)
            lose(self._wire, line, self._backends)
            break
        else:
            raise WalletError(f"the call did not come to this statement again: {point.shape}")
        self.all_of(future)

    def _events(self, future: Future[Any]) -> Iterator[Event]:
        """Yield what happens until a request is answered."""
        until = time.monotonic() + self._limit_s
        while not future.done():
            yield self._next(until)

    def _with_what_it_leaves(self, future: Future[Any]) -> Iterator[Event]:
        """Yield what happens until a request is answered, and what it leaves to be done afterwards."""
        yield from self._events(future)
        until = time.monotonic() + _LEFT_S
        while event := self._wire.next(until - time.monotonic()):
            self._lines.hear(event)
            yield event

    def _stops(self, events: Iterable[Event]) -> Iterator[tuple[Asked, Line]]:
        """Yield each statement before it passes; one whose connection is lost meanwhile never does."""
        for event in events:
            line = self._lines.at(event.line)
            if event.what == "apart":
                continue
            if event.what == "ended":
                line.underway = False
                self._wire.tell("deliver", line.number)
            elif event.what == "unit":
                line.asked.append(Asked(event.text, event.runs))
            if not line.held:
                # In a pipeline the next is said before the last is answered.
                continue
            asked = line.asked[0]
            if asked.runs and not asked.automatic:
                yield asked, line
            if line.asked:
                line.asked.popleft()
                line.underway = True
                self._wire.tell("go", line.number)

    def _next(self, until: float) -> Event:
        event = self._wire.next(until - time.monotonic())
        if event is None:
            raise WalletError(f"the request was not answered within {self._limit_s:g} s")
        self._lines.hear(event)
        return event

    def _until(self, what: str, line: Line) -> None:
        until = time.monotonic() + self._limit_s
        while (event := self._next(until)).what != what or event.line != line.number:
            pass

    def _end_run(self) -> None:
        """Forget what was of another request."""
        for line in self._lines:
            line.asked.clear()
            line.underway = False

    def _heard(self, events: list[Event]) -> None:
        for event in events:
            self._lines.hear(event)
