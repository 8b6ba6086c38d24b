"""Lets everything that a service says pass, or all but something, and tells what came."""

from __future__ import annotations

import re
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.wire.lines import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future
    from typing import Any

    from pytest_readiness.gather.wallet.wire.wire import Event, Wire

    Ask = Callable[[], Iterable[Future[Any]]]
    """Makes requests, and returns what each will have been answered."""

    Withholds = Callable[[Event], bool]

ASKED_S = 5.0
"""Within which requests are answered of which nothing is withheld."""

_NAMED = re.compile(
    r"\b(?:from|join|into|update|using|table)\s+(?:only\s+)?(?!set\b|skip\b|of\b|nowait\b|lateral\b)([\w$\".]+)",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"(insert into|update|delete from|select)\b(?!.*\bfrom\s+[\w.\"]+(\s+\w+)?\s*,)", re.IGNORECASE
)
_COLUMNS = re.compile(r"\binto\s+[\w.\"]+\s*\(", re.IGNORECASE)
_CALLS = re.compile(r"([a-z_][\w.]*)\s*\(", re.IGNORECASE)
_BUILT_IN = re.compile(
    r"into|values|in|exists|any|all|and|or|not|where|returning|conflict|array|row|cast|numeric|varchar|character|"
    r"timestamp|coalesce|nullif|greatest|least|count|sum|min|max|now|clock_timestamp|statement_timestamp|"
    r"gen_random_uuid|nextval|lower|upper|to_jsonb|jsonb_build_object|json_build_object",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Transaction:
    """What was said in one transaction and makes a difference.

    Attributes:
        line: The connection.
        statements: Which grow until it ends; there is at least one.
    """

    line: int
    statements: list[Asked]

    @property
    def first(self) -> str:
        """The shape of its first statement."""
        return self.statements[0].shape

    @property
    def relations(self) -> frozenset[str]:
        """The relations that its statements name, without their schemas; what functions touch is not told."""
        named = [name for asked in self.statements for name in _NAMED.findall(asked.text)]
        return frozenset(name.rpartition(".")[2].strip('"').lower() for name in named)

    @property
    def plain(self) -> bool:
        """Whether its statements touch what they name, and call no function that might touch more."""
        texts = [_COLUMNS.sub("into (", asked.text) for asked in self.statements]
        called = {name for text in texts for name in _CALLS.findall(text)}
        return all(map(_BUILT_IN.fullmatch, called)) and all(
            _PLAIN.match(one.text) for one in self.statements
        )

    @property
    def writes(self) -> bool:
        """Whether it may change anything: what a function does that is called alone is not told."""
        return any(not asked.reads for asked in self.statements)


@dataclass
class Passing:
    """Lets everything pass, and keeps what tells of connections for those who come after.

    Attributes:
        waiting: What each connection has said and was not answered, of which the first was passed on.
        withheld: Connections whose first was not.
    """

    wire: Wire
    kept: list[Event] = field(default_factory=list)
    waiting: dict[int, deque[Event]] = field(default_factory=lambda: defaultdict(deque))
    withheld: set[int] = field(default_factory=set)
    _within: dict[int, Transaction] = field(default_factory=dict)
    _withholds: Withholds | None = None

    def connections(self, events: Iterable[Event]) -> None:
        """Keep what tells of connections."""
        self.kept += [event for event in events if event.what in ("opened", "closed")]

    def until(self, end: float, over: Callable[[], bool] = lambda: False) -> list[Transaction]:
        """Return the transactions of which a statement that makes a difference came, in their order."""
        came: list[Transaction] = []
        while not over() and (left := end - time.monotonic()) > 0:
            event = self.wire.next(min(left, 0.01))
            if event is None:
                continue
            self.connections([event])
            asked = Asked(event.text, event.runs)
            differs = event.what == "unit" and asked.runs and not (asked.automatic or asked.commits)
            if differs and event.line not in self._within:
                self._within[event.line] = Transaction(event.line, [])
                came.append(self._within[event.line])
            if differs:
                self._within[event.line].statements.append(asked)
            self._pass_on(event)
        return came

    def answered_without(self, withholds: Withholds, ask: Ask, patience_s: float) -> list[Future[Any]]:
        """Return the requests if all are answered while something is withheld, which is let go afterwards."""
        self._withholds = withholds
        asked = list(ask())

        def over() -> bool:
            return all(one.done() for one in asked)

        self.until(time.monotonic() + patience_s, over)
        found = over()
        self.let_go()
        self.until(time.monotonic() + ASKED_S, over)
        return asked if found else []

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
                self._within.pop(event.line, None)
            if line:
                line.popleft()
            goes = bool(line)
        else:
            if event.what == "closed":
                line.clear()
                self._within.pop(event.line, None)
                self.withheld.discard(event.line)
            return
        if goes and self._withholds and self._withholds(line[0]):
            self.withheld.add(event.line)
        elif goes:
            self.wire.tell("go", event.line)


def says(shape: str, event: Event) -> bool:
    """Tell whether what was said is of this shape."""
    return Asked(event.text, event.runs).shape == shape
