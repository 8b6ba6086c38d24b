"""Tells whether the time of an entry is the server's, or what the writer said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pytest_readiness.judges.trail import tells_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import AuditedTable, Dating

_NEAR = timedelta(days=2)
"""Times without a zone, and days, are that of another zone."""


def misdated(table: AuditedTable, dating: Dating) -> str:
    """Return the column in which an entry has the writer's time; empty where it has the server's as well.

    When something was and when it was recorded may be told apart: an entry needs the latter alone. What a
    history table took over from the row is the row's own.
    """
    said, now = _moment(dating.planted), _moment(dating.now)
    for entry in dating.entries:
        if said is None or now is None or not tells_of(entry, table.log, (table.table, *table.parts)):
            continue
        told = {name: at for name in _own(table, dating) if (at := _moment(str(entry.get(name))))}
        if any(abs(at - now) <= _NEAR for at in told.values()):
            continue
        if false := next((name for name, at in told.items() if abs(at - said) <= _NEAR), ""):
            return false
    return ""


def _own(table: AuditedTable, dating: Dating) -> Iterator[str]:
    """Yield the columns of times that are no copy of the row's."""
    rows = {name for write in table.writes for image in (write.before, write.after) for name in image or ()}
    yield from (name for name in dating.times if not (table.log.mirrored and name in rows))


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:  # NULL, infinity
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
