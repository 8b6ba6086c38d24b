"""What other tables gained when one was written to: a trail tells by that what it is, whatever its names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.evidence.audit import Row


@dataclass(frozen=True, slots=True)
class Echo:
    """The rows that one write to a table left in another.

    Attributes:
        table: Schema-qualified name of what was written to.
        log: Schema-qualified name of what gained the rows.
        verb: INSERT, UPDATE or DELETE.
        key: Names of the table's primary key.
        before: The row before, or None.
        after: The row after, or None.
        entries: The rows that the other table gained.
        caller: Texts of which one names who wrote, where that was not the row's owner; else empty.
    """

    table: str
    log: str
    verb: str
    key: tuple[str, ...]
    before: Row | None
    after: Row | None
    entries: tuple[Row, ...]
    caller: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unheard:
    """A table whose writes could not be looked at.

    Attributes:
        table: Schema-qualified name of what should have been written to.
        log: Schema-qualified name of what its triggers or rules name.
        reason: What the server said.
    """

    table: str
    log: str
    reason: str


@dataclass(frozen=True, slots=True)
class EchoEvidence:
    """The echoes of all tables whose triggers or rules name others.

    Attributes:
        unheard: Those of which there is none because of an error; rows that could not be made are no error.
        sealed: Of the tables that gained rows, those that no role of the application may update or delete in.
        called: What functions left that a user called, which write to a table and to another themselves.
    """

    echoes: tuple[Echo, ...] = ()
    sealed: frozenset[str] = frozenset()
    unheard: tuple[Unheard, ...] = ()
    called: tuple[Echo, ...] = ()
