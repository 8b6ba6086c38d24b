"""Which columns a body searches in by an argument, one of several of which may be left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLUMN = r"(?:\w+\.)?(\w+)"


def listed(body: str, argument: str) -> frozenset[str]:
    """Return the names of columns that hold lists in which a body looks for an argument."""
    if not argument:
        return frozenset()
    name = rf"(?:\w+\.)?{re.escape(argument)}"
    given = rf"(?:array\s*\[\s*)?{name}(?:\s*\])?"
    ways = (
        rf"(?<!\w){name}\s*=\s*any\s*\(\s*{_COLUMN}",
        rf"(?<!\w){given}\s*(?:&&|<@)\s*{_COLUMN}",
        rf"{_COLUMN}\s*(?:&&|@>)\s*{given}(?!\w)",
    )
    return frozenset(found for way in ways for found in re.findall(way, plain(body), re.IGNORECASE))


def may_be_left_out(body: str, arguments: Iterable[str]) -> bool:
    """Whether a body asks if an argument is given."""
    text = plain(body)
    asked = (
        rf"(?<!\w){re.escape(name)}\s+is\s+(?:not\s+)?null|coalesce\s*\(\s*{re.escape(name)}(?!\w)"
        for name in arguments
        if name
    )
    return any(re.search(one, text, re.IGNORECASE) for one in asked)
