"""Texts whose beginning names something, as SQL takes it: a path by its first folder, or up to a mark."""

from __future__ import annotations

import re
from itertools import accumulate

from pytest_readiness.judges.sql.lexis import unsaid, word

_NAME = r"(?P<column>(?:\w+\.)*\w+)"
_COLUMN = rf"\(*{_NAME}\)?(?:::[\w ]+?)?\)*"
_MARK = r"'(?P<mark>[/:#|])'(?:::\w+)?"
_BEGINNINGS = (
    re.compile(r"\((?:\w+\.)?foldername\s*\((?P<column>(?:\w+\.)*\w+)(?P<mark>)\)\)\s*\[1\]", re.IGNORECASE),
    re.compile(rf"(?<![\w.])split_part\s*\({_COLUMN}\s*,\s*{_MARK}\s*,\s*1\)", re.IGNORECASE),
    re.compile(rf"\(string_to_array\s*\({_COLUMN}\s*,\s*{_MARK}\)\)\s*\[1\]", re.IGNORECASE),
)
"""What takes the first part of a text; where no mark is said, it is that of paths."""

_OPENED = re.compile(
    rf"(?<![\w.])(?P<call>starts_with|left|{word('left')}|substr|substring)\s*\(\s*{_COLUMN}\s*(?:,|\bfrom\b)\s*"
    r"(?=(?P<counted>(?:1\s*(?:,|for)\s*)?(?:char_)?length\s*\()?)",
    re.IGNORECASE,
)
"""What takes as much of a text as something else is long."""

_SOUGHT = (
    re.compile(
        rf"(?<![\w.])strpos\s*\(\s*{_COLUMN}\s*,\s*(?P<what>[^;,]{{1,120}}?)\)\s*=\s*1\b", re.IGNORECASE
    ),
    re.compile(
        rf"(?<![\w.])position\s*\((?P<what>[^;,]{{1,120}}?)\s+in\s+\(*{_COLUMN}\s*\)\s*=\s*1\b", re.IGNORECASE
    ),
)
"""What looks for something in a text, and wants it at the beginning."""

_ANCHORED = re.compile(
    rf"(?<![\w.]){_COLUMN}\s*(?P<at>~\*?)\s*(?P<opened>\(*)'\^'(?:::\w+)?\s*\|\|\s*", re.IGNORECASE
)
"""What compares the beginning of a text with a pattern that is put together."""

_ALIKE = re.compile(rf"(?<![\w.]){_COLUMN}\s*(?:(?P<at>\^@)|~~\*?|i?like\b)\s*(?!\(*')", re.IGNORECASE)
"""What a text is compared with from its beginning on, unless it is a string."""

_REST = re.compile(r"(?:(?!\b(?:and|or)\b)[^;]){0,240}?\|\|\s*\(*'(?P<mark>[/:#|]?)%?'", re.IGNORECASE)
"""What follows the beginning in a pattern, or in what is put together."""

_PATHS = re.compile(r"path|file|folder|(^|_)dir|prefix|object_?(key|name)|url|uri", re.IGNORECASE)
"""Names of texts that are paths, if nothing says what ends their first part."""

_MARKS = re.compile(r"[/:#|]")
"""Ends what a text begins with."""


def leading(value: object) -> str:
    """Return the key in a value: the whole of it, or its first part."""
    return _MARKS.split(str(value).strip("/"), maxsplit=1)[0]


def begun(sql: str) -> tuple[str, dict[str, str]]:
    """Return SQL in which each such text stands for its beginning, and these texts with their marks."""
    marks: dict[str, str] = {}

    def whole(found: re.Match[str]) -> str:
        marks[found["column"]] = found["mark"] or "/"
        return found["column"]

    for pattern in _BEGINNINGS:
        sql = pattern.sub(whole, sql)
    return _opened(_alike(_sought(sql, marks), marks), marks), marks


def _sought(sql: str, marks: dict[str, str]) -> str:
    """Return SQL with what is looked for at the beginning of a text as equations, and note what ends it."""

    def equals(found: re.Match[str]) -> str:
        rest = _REST.match(found["what"])
        _note(marks, found["column"], rest["mark"] if rest else "")
        return f"{found['column']} = ({found['what']})"

    def anchored(found: re.Match[str]) -> str:
        rest = _REST.match(found.string, found.end())
        _note(marks, found["column"], rest["mark"] if rest else "")
        return f"{found.string[found.start() : found.start('at')]}= {found['opened']}"

    for pattern in _SOUGHT:
        sql = pattern.sub(equals, sql)
    return _ANCHORED.sub(anchored, sql)


def _alike(sql: str, marks: dict[str, str]) -> str:
    """Return SQL with its operators that look for a beginning as equations, and note what ends it."""

    def equals(found: re.Match[str]) -> str:
        rest = _REST.match(found.string, found.end())
        if found["at"] or rest:
            _note(marks, found["column"], rest["mark"] if rest else "")
        return found[0].replace("^@", "=")

    return _ALIKE.sub(equals, sql)


def _opened(sql: str, marks: dict[str, str]) -> str:
    """Return SQL with its calls that take the beginning of a text as comparisons with the text."""
    done = 0
    while found := _OPENED.search(sql, done):
        end = closing(sql, sql.index("(", found.start()))
        starts = found["call"].lower() == "starts_with"
        if not end or starts == bool(found["counted"]):
            done = found.end()
            continue
        rest = _REST.match(sql, found.end() if starts else end)
        _note(marks, found["column"], rest["mark"] if rest else "")
        said = f" = ({sql[found.end() : end]}" if starts else ""
        sql = f"{sql[: found.start()]}{found['column']}{said}{sql[end:]}"
        done = found.start() + len(found["column"])
    return sql


def _note(marks: dict[str, str], column: str, mark: str) -> None:
    """Note what ends the beginning of a text; of a text that is no path, nothing may."""
    if mark or _PATHS.search(column.rpartition(".")[2]):
        marks.setdefault(column, mark or "/")


def closing(sql: str, opening: int) -> int:
    """Return the place after the parenthesis that closes the one that opens here; none if there is none."""
    depths = accumulate((one == "(") - (one == ")") for one in unsaid(sql)[opening:])
    return next((opening + place + 1 for place, depth in enumerate(depths) if not depth), 0)
