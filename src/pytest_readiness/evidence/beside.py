"""What clients could write beside the functions that record what they do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bypass:
    """A write to a table, past the functions that write its log.

    Attributes:
        verb: INSERT, UPDATE or DELETE, which functions record.
        column: That an UPDATE changed, as functions do; else empty.
        place: What was written to: the table, or a view over it.
        actor: Who wrote.
        entries: How many entries it left.
        sql: What a person pastes to see it again.
    """

    verb: str
    column: str
    place: str
    actor: str
    entries: int
    sql: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A table whose log is written by functions.

    Attributes:
        kinds: How many of INSERT, UPDATE and DELETE functions do to it and record.
        bypasses: The writes of clients that changed a row, whatever they left.
        unfilled: Why no row could be made to be written to; empty when there was one.
    """

    table: str
    log: str
    kinds: int
    bypasses: tuple[Bypass, ...] = ()
    unfilled: str = ""


@dataclass(frozen=True, slots=True)
class BesideEvidence:
    """All tables whose log functions write.

    Attributes:
        absent: Why there is nothing to write beside; empty when there is.
    """

    tables: tuple[Spoken, ...]
    absent: str = ""
