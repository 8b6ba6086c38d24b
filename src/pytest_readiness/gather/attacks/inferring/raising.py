"""The states of errors that code raises by itself, told from those of the server's own refusals."""

from __future__ import annotations

import re

from psycopg import errors

from pytest_readiness.judges.sql.lexis import unsaid

USUAL = "P0001"
"""What an error has whose code says nothing."""

_RAISE = re.compile(r"\braise\b(?!\s+(?:notice|warning|info|log|debug)\b)(?P<said>[^;]*)", re.IGNORECASE)
_NAMED = re.compile(r"\berrcode\s*:?=\s*'([^']*)'|^\s*(?:exception\s+)?sqlstate\s+'([^']*)'", re.IGNORECASE)
_CONDITION = re.compile(r"^\s*(?:exception\s+)?([a-z]+(?:_[a-z]+)+)\b", re.IGNORECASE)
_STATE = re.compile(r"[0-9A-Z]{5}")


def raised(body: str) -> frozenset[str]:
    """Return the states that an error may have which a body in plain SQL raises."""
    found = set()
    for one in _RAISE.finditer(unsaid(body)):
        said = body[one.start("said") : one.end("said")]
        condition = _CONDITION.search(said)
        named = [state or other for state, other in _NAMED.findall(said)]
        named += [condition[1]] if condition else []
        found |= {_state(name) for name in named} or {USUAL}
    return frozenset(found - {""})


def _state(name: str) -> str:
    """Return a state that is named by itself or by its condition."""
    if _STATE.fullmatch(name):
        return name
    known = getattr(errors, name.title().replace("_", ""), None)
    return str(getattr(known, "sqlstate", "") or "")
