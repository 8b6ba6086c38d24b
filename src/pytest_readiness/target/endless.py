"""Bodies that do not end: sent until somebody answers, or enough is taken."""

from __future__ import annotations

import select
import socket

CLAIMED = 1 << 30
"""Bytes that a length claims for the rest of such a body."""

UNANSWERED = "no answer came while the body went on"
PIECE = b" " * 65_536
ANSWERS_WITHIN = 3.0
"""Seconds, once all is taken: whoever reads up to a bound has come to it, and says so."""

_STALLS_WITHIN = 10.0
_OURS = 64 * 1024
"""Bytes that may wait on this side: what is sent is to be what is taken."""


def poured(connection: socket.socket, most: int, *, chunked: bool) -> tuple[int, bool]:
    """Send pieces until there is an answer or an end, nothing is taken any more, or all of it is.

    Returns:
        Bytes of the body that were taken, and whether the other side has answered or ended.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _OURS)
    piece = b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if chunked else PIECE
    sent = 0
    timeout = connection.gettimeout()
    connection.settimeout(0)
    try:
        while sent < most:
            said, free, _ = select.select([connection], [connection], [], _STALLS_WITHIN)
            if said:
                return sent, True
            if not free:
                return sent, False
            sent += connection.send(memoryview(piece)[sent % len(piece) :])
        return sent, bool(select.select([connection], [], [], ANSWERS_WITHIN)[0])
    except (BrokenPipeError, ConnectionResetError):
        return sent, True  # it has ended, and may have answered before
    finally:
        connection.settimeout(timeout)
