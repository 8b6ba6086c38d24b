"""What can be had of a file that fails: all of its statements that do not hang on the one that is refused.

One grant that the owner may not make undoes a whole dump, and what follows from it fails for want of that.
Whoever deploys has mended the one line by hand; the rest of the system is there, and has to be judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.statements import controls
from pytest_readiness.target.answers import answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import psycopg


_ROLLS_BACK = re.compile(r"(rollback|abort)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Salvage:
    """What came of the statements of a file that failed, each tried by itself.

    Attributes:
        kept: Those that were applied, in their order.
        undone: Those that were not.
    """

    kept: tuple[str, ...]
    undone: tuple[str, ...]


def salvage(connection: psycopg.Connection, statements: Sequence[str]) -> Salvage:
    """Apply each statement that can be, in one transaction; all or nothing of each.

    A file that takes something back itself says what it wants kept: nothing is salvaged of it.

    Args:
        connection: Of the role that applies migrations, in no transaction.
        statements: Of which nothing was kept yet.
    """
    nothing = Salvage((), tuple(statements))
    if connection.closed or any(_takes_back(text) for text in statements):
        return nothing
    connection.pgconn.exec_(b"begin")
    kept: list[str] = []
    undone: list[str] = []
    for text in statements:
        if controls(text):
            continue
        (kept if _applied(connection, text) else undone).append(text)
        if connection.info.transaction_status.name != "INTRANS":
            return nothing  # it was lost, or ended by a text that says so where nobody looks
    if connection.closed or answer(connection, "commit")[1] or connection.closed:
        return nothing
    return Salvage(tuple(kept), tuple(undone))


def apply_kept(connection: psycopg.Connection, kept: Iterable[str]) -> None:
    """Apply again what was salvaged of a file."""
    connection.pgconn.exec_(b"begin")
    for text in kept:
        _applied(connection, text)
    connection.pgconn.exec_(b"commit")


def _takes_back(text: str) -> bool:
    return bool(_ROLLS_BACK.match(text))


def _applied(connection: psycopg.Connection, text: str) -> bool:
    """Apply one statement or nothing of it; tell which."""
    connection.pgconn.exec_(b"savepoint salvage")
    _, error = answer(connection, text)
    if error is None:
        connection.pgconn.exec_(b"release salvage")
    elif not connection.closed:
        connection.pgconn.exec_(b"rollback to salvage")
    return error is None
