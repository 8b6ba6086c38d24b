"""What can be had of a file that fails: all of its statements that do not hang on the one that is refused.

One grant that the owner may not make undoes a whole dump, and what follows from it fails for want of that.
Whoever deploys has mended the one line by hand; the rest of the system is there, and has to be judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.judges.migrations.dependents import made
from pytest_readiness.judges.sql.lexis import last_name, names
from pytest_readiness.judges.sql.statements import commits, controls
from pytest_readiness.target.answers import answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import psycopg

_ROLLS_BACK = re.compile(r"(rollback|abort)\b", re.IGNORECASE)
_DEFINES = re.compile(r"(?:\s|--[^\n]*\n)*(?:create|alter|grant|revoke|comment)\b", re.IGNORECASE)
_COMMIT = "commit"
_UNDEFINED_OBJECT = "42704"
_NO_ROLE = re.compile(r'^role "(.+)" does not exist')
_LOST = ("08006", "the connection was lost", 0)
_ROUNDS = 8
"""How often what was refused is tried again, as long as something comes of it."""

_TOGETHER = 256
"""Statements that are sent at once, and by halves where one of them is refused."""


@dataclass(frozen=True, slots=True)
class Salvage:
    """What came of the statements of a file that failed.

    Attributes:
        kept: Those that were applied, in their order, with a COMMIT after what the file ended so itself.
        undone: Those that were not.
    """

    kept: tuple[str, ...]
    undone: tuple[str, ...]


def salvage(connection: psycopg.Connection, statements: Sequence[str]) -> Salvage:
    """Apply each statement that can be, all or nothing of each; COMMIT where the file does, and at its end.

    A file that takes something back itself says what it wants kept: nothing is salvaged of it.

    Args:
        connection: Of the role that applies migrations, in no transaction.
        statements: Of which nothing was kept yet; what was kept of them is applied again as it was.
    """
    if any(_ROLLS_BACK.match(text) for text in statements):
        return Salvage((), tuple(statements))
    kept: list[str] = []
    undone: list[str] = []
    for part in _parts(statements):
        had, refused = _in_a_transaction(connection, part)
        kept += [*had, _COMMIT] if had else []
        undone += refused
    return Salvage(tuple(kept), tuple(undone))


def _parts(statements: Sequence[str]) -> Iterator[list[str]]:
    """Yield what stands before each COMMIT, and before the end."""
    part: list[str] = []
    for text in statements:
        if commits(text):
            yield part
            part = []
        elif not controls(text):
            part.append(text)
    yield part


def _in_a_transaction(
    connection: psycopg.Connection, texts: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the statements that are kept, and those that are not."""
    if not texts or connection.closed:
        return (), texts
    connection.pgconn.exec_(b"begin")
    kept: list[str] = []
    undone: list[str] = []
    for place in range(0, len(texts), _TOGETHER):
        _by_halves(connection, texts[place : place + _TOGETHER], kept, undone)
    _once_more(connection, kept, undone)
    # The server may be lost, or a text have ended the transaction where nobody looks for it.
    held = not connection.closed and connection.info.transaction_status.name == "INTRANS"
    return (kept, undone) if held and answer(connection, _COMMIT)[1] is None else ((), texts)


def _once_more(connection: psycopg.Connection, kept: list[str], undone: list[str]) -> None:
    """Apply what was refused for want of what stands below it in the file: a table before its parent.

    What changes something that was there already would come after what changes it again, and stays undone.
    """
    late: set[str] = set()
    for _ in range(_ROUNDS if len(undone) <= _TOGETHER else 0):
        found = []
        for place, text in enumerate(undone):
            makes = {last_name(thing.name) for thing in made([text]) if thing.kind == "table"}
            if (makes or late & names(text)) and _DEFINES.match(text) and not _refused(connection, [text]):
                found.append(place)
                late |= makes
        kept.extend(undone[place] for place in found)
        undone[:] = [text for place, text in enumerate(undone) if place not in found]
        if not found or not undone:
            return


def _by_halves(
    connection: psycopg.Connection, texts: Sequence[str], kept: list[str], undone: list[str]
) -> None:
    """Apply statements, and of those that are refused together each half by itself."""
    error = _refused(connection, texts)
    while error is not None and len(texts) == 1 and _made_role(connection, error):
        error = _refused(connection, texts)
    if error is None:
        kept.extend(texts)
    elif len(texts) == 1:
        undone.extend(texts)
    else:
        middle = len(texts) // 2
        _by_halves(connection, texts[:middle], kept, undone)
        _by_halves(connection, texts[middle:], kept, undone)


def _refused(connection: psycopg.Connection, texts: Sequence[str]) -> tuple[str, str, int] | None:
    """Apply statements or nothing of them; return why nothing."""
    if connection.closed:
        return _LOST
    connection.pgconn.exec_(b"savepoint salvage")
    _, error = answer(connection, "\n;\n".join(texts))
    if error is None:
        connection.pgconn.exec_(b"release salvage")
    elif not connection.closed:
        connection.pgconn.exec_(b"rollback to salvage")
    return error


def _made_role(connection: psycopg.Connection, error: tuple[str, str, int]) -> bool:
    """Make the role for want of which a statement was refused, as whoever runs the server does beforehand.

    It may do nothing but what the files grant it; who applies them may act for it.
    """
    from psycopg import sql

    lacking = _NO_ROLE.search(error[1]) if error[0] == _UNDEFINED_OBJECT else None
    if lacking is None:
        return False
    role = sql.Identifier(lacking[1])
    made = sql.SQL("create role {0} nologin; grant {0} to current_user").format(role).as_string()
    return _refused(connection, [made]) is None
