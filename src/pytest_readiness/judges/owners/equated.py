"""Columns that code equates with an expression, by itself or by a variable that was set to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain, unsaid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.judges.sql.column_names import Names

Place = tuple[str, str]
"""A relation and its column."""

_SPACE = re.compile(r"\s+")
_CAST = re.compile(r"::\s*(?:character varying|timestamp with(?:out)? time zone|\w+)(?:\s*\(\d+\))?")
_TYPE = r"(?:text|citext|varchar|date|timestamptz|timestamp(?: with(?:out)? time zone)?)"
_COLUMN = r"(?:(?:\w+\.)?(?P<of>\w+)\.)?(?P<name>\w+)"
_WRAPPED = r"\(*(?:\w+\s*\(\s*)*"
_LEFT = re.compile(rf"(?<![\w.]){_COLUMN}\)*\s*=\s*{_WRAPPED}$")
_RIGHT = re.compile(rf"^[\s)]*=\s*{_WRAPPED}{_COLUMN}(?![\w.(])")
_SET = re.compile(rf"\b(?P<name>\w+)(?:\s+{_TYPE})?\s*:=\s*{_WRAPPED}$", re.IGNORECASE)


def uncast(text: str) -> str:
    """Return a text without comments and casts, on one line."""
    return _CAST.sub("", _SPACE.sub(" ", plain(text)))


def closing(text: str, opened: int) -> int:
    """Return where a call ends whose parenthesis was opened, its own left out."""
    depth, bare = 1, unsaid(text)
    for at in range(opened, len(bare)):
        depth += (bare[at] == "(") - (bare[at] == ")")
        if not depth:
            return at
    return len(text)


def equated(names: Names, said: str, start: int, end: int) -> Iterator[Place]:
    """Yield what an expression is equated with.

    Args:
        names: What the text may mean by a name.
        said: The text, as `uncast` gives it.
        start: Where the expression begins.
        end: Where it ends, but for a parenthesis.
    """
    before, after = said[:start], said[end:]
    for found in (_LEFT.search(before), _RIGHT.search(after)):
        if found:
            yield from names.places(found["of"], found["name"])
    if kept := _SET.search(before):
        variable = rf"{_WRAPPED}{kept['name']}(?!\w)"
        for found in re.finditer(rf"(?<![\w.:]){_COLUMN}\s*=\s*{variable}", after, re.IGNORECASE):
            yield from names.places(found["of"], found["name"])
