"""Whether a log that is partitioned by time has room for the entries of the days to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.evidence.audit import Ending

_SOON = timedelta(days=31)


def full_from(ending: Ending) -> str:
    """Return when a log has no partition for an entry any more; empty where that is not soon, or no time."""
    now, *bounds = (_moment(text) for text in (ending.now, *ending.bounds))
    times = [bound for bound in bounds if bound]
    if now is None or len(times) < len(bounds):
        return ""
    return f"{max(times):%Y-%m-%d}" if max(times) - now < _SOON else ""


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:  # a number
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
