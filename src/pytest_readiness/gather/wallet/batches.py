"""Sends statements in one message and takes what they return as the server writes it.

A cursor reads every value of every statement into Python; under load that cost more than the rest of a call.
"""

from __future__ import annotations

import json
import select
import time
from typing import TYPE_CHECKING

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

Row = tuple[str | None, ...]

_COPIES = {ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH}
_JSON = {114, 3802}
"""Types json and jsonb, as the server numbers them."""


def exchanged(connection: psycopg.Connection, batch: bytes, within_s: float | None = None) -> list[PGresult]:
    """Send a message of statements, and return the result of each; the connection is usable afterwards.

    Args:
        connection: In autocommit mode.
        batch: Of any size.
        within_s: Seconds until the last result is there; as long as the server takes if absent.

    Raises:
        psycopg.Error: One of them was refused, or copies from or to the client; or the connection is lost.
        TimeoutError: It took longer, and is under way still.
    """
    pgconn = connection.pgconn
    results: list[PGresult] = []
    until = None if within_s is None else time.monotonic() + within_s
    pgconn.send_query(batch)
    while pgconn.flush():
        # The server may want to be read from before it reads on.
        if _ready(pgconn, select.POLLIN | select.POLLOUT, until) & select.POLLIN:
            pgconn.consume_input()
    while (result := _next(pgconn, until)) is not None:
        results.append(result)
        if result.status in _COPIES:
            connection.close()
            raise psycopg.ProgrammingError("it copies rows from or to the client, which no caller here does")
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result, connection.info.encoding)
    return results


def _next(pgconn: PGconn, until: float | None) -> PGresult | None:
    """Wait for a result without keeping other threads from their work."""
    while pgconn.is_busy():
        _ready(pgconn, select.POLLIN, until)
        pgconn.consume_input()
    return pgconn.get_result()


def _ready(pgconn: PGconn, events: int, until: float | None) -> int:
    """Wait for one of these events, and return which there are."""
    socket = select.poll()
    socket.register(pgconn.socket, events)
    left = None if until is None else max(0.0, until - time.monotonic()) * 1000
    found = socket.poll(left)
    if not found:
        raise TimeoutError
    return found[0][1]


def first_row(result: PGresult, encoding: str = "utf-8") -> Row | None:
    """Return the first row of a result as text; None where there is none."""
    if not result.ntuples:
        return None
    return tuple(_text(result, column, encoding) for column in range(result.nfields))


def _text(result: PGresult, column: int, encoding: str) -> str | None:
    value = result.get_value(0, column)
    if value is None:
        return None
    text = value.decode(encoding, "replace")
    if result.ftype(column) not in _JSON:
        return text
    # What is a string or nothing in JSON is a text or nothing to whoever calls.
    text = text.strip()
    return json.loads(text) if text == "null" or text.startswith('"') else text


def column_names(result: PGresult) -> list[str]:
    """Return what the columns of a result are called."""
    found = (result.fname(column) for column in range(result.nfields))
    return [name.decode(errors="replace") for name in found if name is not None]
