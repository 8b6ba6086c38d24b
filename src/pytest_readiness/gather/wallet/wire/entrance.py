"""Who may come in by a port of the loopback, which is open to everybody on the machine.

Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from urllib.parse import quote

from pytest_readiness.gather.wallet.wire.frames import framed

STARTING = 8
"""Bytes of a startup message up to and with its code."""

_NO_SUCH = "28000"


def _drawn() -> str:
    return f"readiness_{secrets.token_hex(16)}"


@dataclass(frozen=True, slots=True)
class Entrance:
    """What a service that was given a URL says when it comes in.

    The server asks nobody for a password, and not every service passes on one that is in its URL; each passes
    on the name of the database.

    Attributes:
        user: Of the URL.
        database: Of the server.
        alias: What the URL calls it: nobody else knows.
    """

    user: str
    database: str
    alias: str = field(default_factory=_drawn)

    def url(self, port: int) -> str:
        """Return the URL by which a service comes in by a port."""
        return f"postgresql://{quote(self.user)}@127.0.0.1:{port}/{self.alias}"

    def admitted(self, startup: bytes) -> bytes:
        """Return a startup message as the server is to have it; nothing for one that is of nobody we know."""
        said = startup[STARTING:].split(b"\0")
        given = dict(zip(said[::2], said[1::2], strict=False))
        theirs = [given.pop(name, b"") for name in (b"user", b"database")]
        expected = [name.encode() for name in (self.user, self.alias)]
        if not all(secrets.compare_digest(*both) for both in zip(theirs, expected, strict=True)):
            return b""
        pairs = {b"user": theirs[0], b"database": self.database.encode(), **given}
        body = b"".join(name + b"\0" + value + b"\0" for name, value in pairs.items() if name) + b"\0"
        return (len(body) + STARTING).to_bytes(4, "big") + startup[4:STARTING] + body


def refusal() -> bytes:
    """Return the message by which somebody is turned away."""
    said = "this port is open to who was given its URL alone, with the user and the database in it"
    fields = (("S", "FATAL"), ("V", "FATAL"), ("C", _NO_SUCH), ("M", said))
    return framed("E", b"".join(f"{kind}{text}\0".encode() for kind, text in fields) + b"\0")
