"""Tells what functions record of a table, and which writes past them leave nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.audit.words import BOOKKEEPING

if TYPE_CHECKING:
    from pytest_readiness.evidence.beside import Bypass, Spoken
    from pytest_readiness.evidence.echoes import EchoEvidence


def recorded(heard: EchoEvidence, table: str, log: str) -> dict[str, set[str]]:
    """Return the verbs of which functions leave entries, with the columns that they change by each.

    What functions never change a client may be meant to change as he likes.
    """
    found: dict[str, set[str]] = {}
    for echo in heard.called:
        if (echo.table, echo.log) == (table, log) and echo.entries:
            before, after = echo.before or {}, echo.after or {}
            changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
            found.setdefault(echo.verb, set()).update(n for n in changed if not BOOKKEEPING.search(n))
    return found


def unrecorded(spoken: Spoken) -> list[Bypass]:
    """Return the writes that changed a row as functions do, and left nothing."""
    return [bypass for bypass in spoken.bypasses if not bypass.entries]
