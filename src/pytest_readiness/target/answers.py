"""What the server answers to a batch of SQL, told apart statement by statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

_NAME = r"(?:\"(?:[^\"]|\"\")+\"|[a-z_][\w$]*)"
_OF_A_DATABASE = re.compile(
    r"((?:\A|;)(?:\s|--[^\n]*\n)*(?:alter|comment\s+on|(?:grant|revoke)\s+[\w\s,]+?\s+on)\s+database\s+)"
    rf"{_NAME}(?:\s*,\s*{_NAME})*",
    re.IGNORECASE,
)
"""A statement about databases, up to their names, and these."""


def answer(connection: psycopg.Connection, sql: str) -> tuple[int, tuple[str, str, int] | None]:
    """Return how many statements succeeded, and SQLSTATE, message and position of the error.

    What is said of a database is said of the one connected to: that has another name than in production,
    and the server may hold one of that name which is none of ours.
    """
    import psycopg
    from psycopg import pq
    from psycopg import sql as compose

    if "\0" in sql:
        return 0, ("", "the file contains a NUL byte", 0)
    own = compose.Identifier(connection.info.dbname).as_string() if _OF_A_DATABASE.search(sql) else ""
    sent = _OF_A_DATABASE.sub(lambda said: said[1] + own, sql)
    try:
        results = connection.wait(_conversation(connection, sent))
    except psycopg.Error as error:
        return 0, (error.sqlstate or "08006", str(error).strip(), 0)
    succeeded = 0
    for result in results:
        if result.status == pq.ExecStatus.FATAL_ERROR:
            state, message, position = _error(result)
            return succeeded, (state, message, _before(sql, position, own) if own else position)
        if result.status != pq.ExecStatus.EMPTY_QUERY:
            succeeded += 1
    return succeeded, None


def _before(sql: str, position: int, own: str) -> int:
    """Return where in SQL a position is that was told of it with a database's own name; 0 stays 0."""
    for said in _OF_A_DATABASE.finditer(sql):
        more = len(said[1]) + len(own) - len(said[0])
        if said.start() + len(said[1]) < position:
            position -= more
    return max(position, 0)


def _conversation(connection: psycopg.Connection, sql: str):  # type: ignore[no-untyped-def]  # noqa: ANN202  psycopg's own generator type is private
    """Send a query and fetch all results; refuse a COPY that waits for data behind it."""
    from psycopg import pq
    from psycopg.generators import fetch, send

    connection.pgconn.send_query(sql.encode())
    yield from send(connection.pgconn)
    results = []
    while (result := (yield from fetch(connection.pgconn))) is not None:
        results.append(result)
        if result.status == pq.ExecStatus.COPY_IN:
            connection.pgconn.put_copy_end(b"data behind COPY FROM stdin is psql's own format; use INSERT")
            results.pop()
        elif result.status == pq.ExecStatus.COPY_OUT:
            while connection.pgconn.get_copy_data(0)[0] >= 0:
                pass
    return results


def _error(result: object) -> tuple[str, str, int]:
    from psycopg import pq

    def get(name: pq.DiagnosticField) -> str:
        value = result.error_field(name)  # type: ignore[attr-defined]
        return value.decode(errors="replace") if value else ""

    field = pq.DiagnosticField
    parts = [get(field.MESSAGE_PRIMARY), get(field.MESSAGE_DETAIL), get(field.CONTEXT).split("\n")[0]]
    hint = get(field.MESSAGE_HINT)
    message = "; ".join(part for part in parts if part) + (f" (hint: {hint})" if hint else "")
    return get(field.SQLSTATE), message, int(get(field.STATEMENT_POSITION) or 0)
