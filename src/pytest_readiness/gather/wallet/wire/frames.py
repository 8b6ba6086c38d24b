"""Messages of the PostgreSQL protocol (version 3), and the units that a client waits for answers to.

Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

from dataclasses import dataclass, field

HEADER = 5
_ERROR_CODE = 67
"""``C`` in ErrorResponse: the SQLSTATE."""

CANCEL, TLS, GSS = 80877102, 80877103, 80877104
"""Codes of what a client may send in place of a startup message."""

SYNC, FLUSH = "S", "H"
COPIED = ("d", "c", "f")
"""Rows that a client copies in, and the end of them: they may come before the server asks for them."""

_ENDS_ON_READY = ("Q", "F", SYNC)
_ANSWERED = ("P", "B", "C", "D", "E")
_ANSWERS = ("1", "2", "3", "T", "n", "C", "s", "I")
"""By which the server answers each of these, where no ReadyForQuery follows."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Messages that a client sends before it waits.

    Attributes:
        data: As they came.
        text: Statements that they run, or only name.
        runs: Whether any is run, and not only parsed or described.
        ends: The kind of the message that ends it.
        answers: How many messages answer it; 0 where ReadyForQuery does.
    """

    data: bytes
    text: str
    runs: bool
    ends: str
    answers: int = 0

    @property
    def silent(self) -> bool:
        """Whether the server says nothing to it."""
        return not self.answers and self.ends == FLUSH


def framed(kind: str, body: bytes) -> bytes:
    """Return a message as it is sent."""
    return kind.encode() + (len(body) + 4).to_bytes(4, "big") + body


@dataclass
class Sent:
    """What one client has sent and not yet asked an answer for; it remembers what statements are called."""

    _statements: dict[bytes, str] = field(default_factory=dict)
    _portals: dict[bytes, str] = field(default_factory=dict)
    _data: bytearray = field(default_factory=bytearray)
    _texts: list[str] = field(default_factory=list)
    _parsed: list[str] = field(default_factory=list)
    _answers: int = 0

    @property
    def begun(self) -> bool:
        """Whether a unit has begun that is not ended yet."""
        return bool(self._data)

    def take(self, kind: str, body: bytes) -> Unit | None:
        """Take a message; return the unit that it ends, if it ends one."""
        self._data += framed(kind, body)
        self._answers += kind in _ANSWERED
        self._read(kind, body)
        if kind not in (*_ENDS_ON_READY, FLUSH):
            return None
        texts = self._texts or self._parsed
        unit = Unit(
            data=bytes(self._data),
            text="; ".join(dict.fromkeys(texts)),
            runs=bool(self._texts),
            ends=kind,
            answers=self._answers if kind == FLUSH else 0,
        )
        self._data, self._texts, self._parsed, self._answers = bytearray(), [], [], 0
        return unit

    def _read(self, kind: str, body: bytes) -> None:
        if kind == "Q":
            self._texts.append(_text(body.partition(b"\0")[0]))
        elif kind == "F":
            self._texts.append("(a function that is called by its number)")
        elif kind == "P":
            name, query, *_ = body.split(b"\0", 2)
            self._statements[name] = _text(query)
            self._parsed.append(_text(query))
        elif kind == "B":
            portal, statement, *_ = body.split(b"\0", 2)
            self._portals[portal] = self._statements.get(statement, "")
        elif kind == "E":
            self._texts.append(self._portals.get(body.partition(b"\0")[0], ""))


@dataclass
class Answered:
    """What the server has answered to one unit so far.

    Attributes:
        data: Not yet passed on.
        status: Of the transaction, as ReadyForQuery has it; empty before that.
        sqlstate: Of the last error; empty without one.
        copies: Whether rows are being copied in, so that the client goes on without an answer.
    """

    unit: Unit
    data: bytearray = field(default_factory=bytearray)
    status: str = ""
    sqlstate: str = ""
    copies: bool = False
    _answers: int = 0

    @property
    def skips(self) -> bool:
        """Whether the server does nothing from now on until it is told to synchronise."""
        return bool(self.sqlstate) and not self.status

    def take(self, kind: str, body: bytes) -> bool:
        """Take a message; tell whether it is the last one."""
        self.data += framed(kind, body)
        if kind == "Z":
            self.status = body.decode()
            return True
        if kind == "E":
            self.sqlstate = sqlstate(body)
        self.copies = self.copies or kind in ("G", "W")
        self._answers += kind in _ANSWERS
        return bool(self.unit.answers) and (kind == "E" or self._answers >= self.unit.answers)


def sqlstate(body: bytes) -> str:
    """Return the SQLSTATE of an ErrorResponse; empty where it has none."""
    fields = (part for part in body.split(b"\0") if part)
    return next((_text(part[1:]) for part in fields if part[0] == _ERROR_CODE), "")


def _text(data: bytes) -> str:
    return " ".join(data.decode(errors="replace").split())
