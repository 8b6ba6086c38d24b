"""Texts whose beginning names something, as SQL takes it: a path by its first folder, or up to a mark."""

from __future__ import annotations

import re

_COLUMN = r"\(*(?P<column>(?:\w+\.)*\w+)\)?(?:::[\w ]+?)?\)*"
_MARK = r"'(?P<mark>[/:#|])'(?:::\w+)?"
_BEGINNINGS = (
    re.compile(r"\((?:\w+\.)?foldername\s*\((?P<column>(?:\w+\.)*\w+)(?P<mark>)\)\)\s*\[1\]", re.IGNORECASE),
    re.compile(rf"(?<![\w.])split_part\s*\({_COLUMN}\s*,\s*{_MARK}\s*,\s*1\)", re.IGNORECASE),
    re.compile(rf"\(string_to_array\s*\({_COLUMN}\s*,\s*{_MARK}\)\)\s*\[1\]", re.IGNORECASE),
)
"""What takes the first part of a text; where no mark is said, it is that of paths."""

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
    return sql, marks
