"""Sends statements in one message and takes what they return as the server writes it.

A cursor reads every value of every statement into Python; under load that cost more than the rest of a call.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

Row = tuple[str | None, ...]

_COPIES = {ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH}


def exchanged(connection: psycopg.Connection, batch: bytes) -> list[PGresult]:
    """Send a message of statements, and return the result of each; the connection is usable afterwards.

    Raises:
        psycopg.Error: One of them was refused, or copies from or to the client; or the connection is lost.
    """
    pgconn = connection.pgconn
    pgconn.send_query(batch)
    results = []
    while (result := _next(pgconn)) is not None:
        results.append(result)
        if result.status in _COPIES:
            connection.close()
            raise psycopg.ProgrammingError("it copies rows from or to the client, which no caller here does")
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result)
    return results


def _next(pgconn: PGconn) -> PGresult | None:
    """Wait for a result without keeping other threads from their work."""
    while pgconn.is_busy():
        answer = select.poll()
        answer.register(pgconn.socket, select.POLLIN)
        answer.poll()
        pgconn.consume_input()
    return pgconn.get_result()


def first_row(result: PGresult) -> Row | None:
    """Return the first row of a result as text; None where there is none."""
    if not result.ntuples:
        return None
    read = (result.get_value(0, column) for column in range(result.nfields))
    return tuple(None if value is None else value.decode(errors="replace") for value in read)


def names(result: PGresult) -> list[str]:
    """Return what the columns of a result are called."""
    found = (result.fname(column) for column in range(result.nfields))
    return [name.decode(errors="replace") for name in found if name is not None]
