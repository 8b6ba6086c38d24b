"""Tells whether a write took away what the log held before, or left less than its statements leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import LogColumns, value
from pytest_readiness.judges.audit.images import same
from pytest_readiness.judges.audit.recorded_images import show
from pytest_readiness.judges.audit.trail import entries_about, names_any, tells_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pytest_readiness.evidence.audit import AuditedTable, Log, Row, Write


def loss(table: AuditedTable, write: Write) -> str:
    """Say that entries are missing that were due, or were there; empty when none is."""
    if write.sqlstate:
        return ""
    about = entries_about(table, write)
    gone = [
        entry
        for entry in _lost(table, write)
        if not any(_continues(table, write, entry, other) for other in about)
    ]
    if gone:
        return f"wrote over an entry that was there: {show(gone[0])}"
    if others := _of_the_other(table, write):
        return f"changed an entry about another row: {show(others[0])}"
    left, due = _more(table, write), sum(_more(table, part) for part in write.parts)
    return f"left {left} of the {due} entries that its statements leave one by one" if left < due else ""


def rewritten(log: Log, lost: Iterable[Row], added: Collection[Row], rows: Collection[str]) -> list[Row]:
    """Return the entries that are gone and that none of the new ones still tells.

    A version that is closed when another begins, or an entry that is marked as read, tells what it told.

    Args:
        log: Where they were.
        lost: That are not there any more, or not as they were.
        added: That are there now.
        rows: The columns of the tables that it tells of.
    """
    roles = (getattr(log.columns, role) for role in LogColumns.__slots__)
    told = {log.columns.operation, *rows} if log.mirrored else {*roles}
    return [
        entry
        for entry in lost
        if not any(all(_alike(value(entry, name), value(new, name)) for name in told) for new in added)
    ]


def _lost(table: AuditedTable, write: Write) -> list[Row]:
    return [entry for entry in write.lost if tells_of(entry, table.log, (table.table, *table.parts))]


def _of_the_other(table: AuditedTable, write: Write) -> list[Row]:
    """Return the entries that are not as they were and tell of the row beside, which nobody wrote to."""
    written = [row for row in (write.before, write.after) if row]
    return [
        entry
        for entry in _lost(table, write)
        if write.beside and names_any(entry, [write.beside], table) and not names_any(entry, written, table)
    ]


def _more(table: AuditedTable, write: Write) -> int:
    """Return how many entries more about the table there are: one that only changed is none."""
    return len(entries_about(table, write)) - len(_lost(table, write))


def _continues(table: AuditedTable, write: Write, entry: Row, other: Row) -> bool:
    """Whether an entry still tells what it told: versions of a row are closed when another begins.

    Whose key and whose name it bears may go with the row or the user.
    """
    columns = table.log.columns
    if table.log.mirrored:
        told = {*(write.before or {}), *(write.after or {}), columns.operation} & entry.keys()
    else:
        told = {columns.operation, columns.old, columns.new, columns.changed}
    return all(_alike(value(entry, name), value(other, name)) for name in told)


def _alike(one: object, other: object) -> bool:
    return one == other or same(one, other)
