"""Tells whether the time of an entry is the server's, or what the writer said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pytest_readiness.judges.audit.trail import tells_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import AuditedTable, Dating

_NEAR = timedelta(days=2)
"""Times without a zone, and days, are that of another zone."""


def misdated(table: AuditedTable, dating: Dating) -> str:
    """Return the column in which an entry has the writer's time; empty where it has the server's as well.

    When something was and when it was recorded may be told apart: an entry needs the latter alone. What it
    took over from the row, under the same name, is the row's own, and true: that the log has no time besides
    is no lie.
    """
    said, now = _moment(dating.planted), _moment(dating.now)
    for entry in dating.entries:
        if said is None or now is None or not tells_of(entry, table.log, (table.table, *table.parts)):
            continue
        told = {name: at for name in _own(table, dating) if (at := _moment(str(entry.get(name))))}
        if any(abs(at - now) <= _NEAR for at in told.values()):
            continue
        own = (name for name in told if name == table.log.columns.at or name not in _copied(table, dating))
        if false := next((name for name in own if abs(told[name] - said) <= _NEAR), ""):
            return false
    return ""


def _own(table: AuditedTable, dating: Dating) -> Iterator[str]:
    """Yield the columns of times; of a history table those that are no copy of the row's."""
    copied = _copied(table, dating) if table.log.mirrored else set()
    yield from (name for name in dating.times if name not in copied)


def _copied(table: AuditedTable, dating: Dating) -> set[str]:
    """Return the names of the columns that the row has."""
    images = (image for write in table.writes for image in (write.before, write.after) if image)
    return {dating.column, *(name for image in images for name in image)}


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:  # NULL, infinity
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
