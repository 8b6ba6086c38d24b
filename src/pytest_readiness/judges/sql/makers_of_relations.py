"""Functions that make relations from time to time, and which rows such a part of a table takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Function

_MAKES = re.compile(r"\bcreate\s+(?:unlogged\s+)?(?:table|materialized\s+view)\b", re.IGNORECASE)
_GRANTS = re.compile(r"\bgrant\s", re.IGNORECASE)
_OUTSIDE = re.compile(r"\bdblink|\bhttp|\bprogram\b|\bpg_terminate|\bpg_cancel|\bpg_sleep", re.IGNORECASE)
"""What is not undone with the transaction, or does not end."""

_FROM = re.compile(r"\b(?:FROM|IN)\s*\((.*?)\)(?:\s+TO\b|$)", re.DOTALL)
_VALUE = re.compile(r"'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|(true|false)")


def makes_relations(function: Function) -> bool:
    """Whether a function's body makes tables that stay, and nothing beside that cannot be undone."""
    body = plain(function.body)
    called = function.kind in {"function", "procedure"} and "trigger" not in function.returns
    return called and bool(_MAKES.search(body)) and not _OUTSIDE.search(body)


def grants(function: Function) -> bool:
    """Whether a function's body grants something."""
    return bool(_GRANTS.search(plain(function.body)))


def bound_values(bounds: str) -> tuple[str, ...]:
    """Return the first values that a part of a table takes; none where its bounds say none."""
    found = _FROM.search(bounds)
    values = _VALUE.findall(found[1]) if found else []
    return tuple(quoted.replace("''", "'") or number or word for quoted, number, word in values)
