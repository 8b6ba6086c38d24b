"""Connections of a service as the events of the proxy tell of them, and whose statements they carry."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.wallet.meeting import Caller
    from pytest_readiness.gather.wallet.wire.wire import Event

_SETTING = r"(current_setting|set_config)\([^()]*\)( as \w+)?"
_OF_ITSELF = re.compile(
    r"(begin|start|set|reset|show|savepoint|release|rollback|abort|discard|deallocate|listen|unlisten|close)"
    r"\b"
    r"|select (1|version\(\)|pg_catalog\.\S*|current_schema\(\)|pg_advisory_unlock_all\(\)|"
    rf"{_SETTING}(, ?{_SETTING})*)$",
    re.IGNORECASE,
)
_COMMITS = re.compile(r"(commit|end)\b", re.IGNORECASE)
_READS = re.compile(r"(select|with)\b(?!.*\b(insert|update|delete|merge|share)\b)", re.IGNORECASE)
_OF_THE_CATALOG = re.compile(
    r"\b(from|join) (pg_catalog\.|pg_(type|namespace|range|class|attribute|enum)\b)", re.IGNORECASE
)
_FROM = re.compile(r"\bfrom\b", re.IGNORECASE)
_VALUE = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_WIDEST = 80


@dataclass(frozen=True, slots=True)
class Asked:
    """What a service has said on a connection, and has not been passed on."""

    text: str
    runs: bool

    @property
    def automatic(self) -> bool:
        """Whether no other request can make a difference to it: it reads and changes no row of the wallet."""
        statements = [part.strip() for part in self.text.split(";") if part.strip()]
        return all(_OF_ITSELF.match(one) or _of_the_catalog(one) for one in statements)

    @property
    def commits(self) -> bool:
        """Whether it ends a transaction for good."""
        return bool(_COMMITS.match(self.text))

    @property
    def reads(self) -> bool:
        """Whether it reads relations that it names, and changes and locks nothing of theirs."""
        return bool(_READS.match(self.text) and _FROM.search(self.text))

    @property
    def shape(self) -> str:
        """Without the values that it is written with: the same in each call."""
        return _VALUE.sub("?", self.text)

    @property
    def shown(self) -> str:
        """In one line."""
        return self.text if len(self.text) <= _WIDEST else f"{self.text[: _WIDEST - 1]}…"


def _of_the_catalog(statement: str) -> bool:
    """Whether a statement reads of the catalog, and changes and locks nothing."""
    return bool(_READS.match(statement) and _OF_THE_CATALOG.search(statement))


@dataclass
class Line:
    """One connection of a service.

    Attributes:
        door: Which instance of the service it comes from.
        status: Of its transaction: ``I`` none, ``T`` one, ``E`` one that failed.
        owner: Whose transaction it is, or whose statement was last on it.
        asked: What waits to be passed on.
        underway: Whether the server is at something.
        prepared: Whether the statement that comes next was parsed as a step of its own.
        withheld: Whether the server has answered, and the service has not been told.
        first: The shape of the first statement of its transaction that makes a difference.
    """

    number: int
    pid: int = 0
    door: int = 0
    status: str = "I"
    owner: Caller | None = None
    asked: deque[Asked] = field(default_factory=deque)
    underway: bool = False
    prepared: bool = False
    withheld: bool = False
    first: str = ""

    @property
    def within(self) -> Caller | None:
        """Whose transaction is open on it, if one is."""
        return self.owner if self.status in "TE" or self.underway or self.withheld else None

    @property
    def held(self) -> bool:
        """Whether its next statement waits to be passed on."""
        return bool(self.asked) and not self.underway and not self.withheld


@dataclass
class Lines:
    """The connections of a service; they outlive a run."""

    known: dict[int, Line] = field(default_factory=dict)

    def at(self, number: int) -> Line:
        """Return a connection by its number."""
        return self.known.setdefault(number, Line(number))

    def __iter__(self) -> Iterator[Line]:
        """Iterate over what is there now."""
        return iter(list(self.known.values()))

    def hear(self, event: Event) -> None:
        """Take note of connections that come and go, and of those that carry what is of no request."""
        if event.what == "opened":
            line = self.at(event.line)
            line.pid, line.door = event.pid, event.door
        elif event.what == "closed":
            self.known.pop(event.line, None)
        elif event.what == "apart":
            line = self.at(event.line)
            line.owner, line.underway, line.status = None, False, event.status or line.status
            line.first = ""
            line.asked.clear()
