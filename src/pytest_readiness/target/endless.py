"""Bodies that go on and on: sent until somebody answers, or to an end that is far off."""

from __future__ import annotations

import select
import socket

PIECE = b" " * 65_536
UNANSWERED = "nothing was taken any more, and no answer came"

_STALLS_WITHIN = 10.0
_OURS = 64 * 1024
"""Bytes that may wait on this side: what is sent is to be what is taken."""


def whole(most: int) -> int:
    """Return how many bytes the pieces have that such a body is made of."""
    return -(-most // len(PIECE)) * len(PIECE)


def poured(connection: socket.socket, most: int, *, chunked: bool) -> tuple[int, bool]:
    """Send pieces until there is an answer or an end, nothing is taken any more, or the body is at its end.

    Returns:
        Bytes of the body that were taken, and whether to read an answer: there is one, or all was sent.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _OURS)
    piece = b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if chunked else PIECE
    end = whole(most) // len(PIECE) * len(piece)
    sent = 0
    timeout = connection.gettimeout()
    connection.settimeout(0)
    try:
        while sent < end:
            said, free, _ = select.select([connection], [connection], [], _STALLS_WITHIN)
            if said or not free:
                return _of_body(sent, len(piece)), bool(said)
            sent += connection.send(memoryview(piece)[sent % len(piece) :])
        connection.settimeout(timeout)
        if chunked:
            connection.sendall(b"0\r\n\r\n")
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has ended, and may have answered before
    finally:
        connection.settimeout(timeout)
    return _of_body(sent, len(piece)), True


def _of_body(sent: int, piece: int) -> int:
    return sent // piece * len(PIECE) + min(sent % piece, len(PIECE))
