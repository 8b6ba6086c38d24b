"""Ranks in a tenant that are numbers: a level, of which a CHECK lists or bounds those that there are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import STRING, plain, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Column, Relation

_NAME = re.compile(r"(^|_)(role|rank|level|grade|access|permission|privilege)(_?(rank|level|no|number))?s?$")
_TYPES = frozenset({"smallint", "integer", "bigint"})
_NUMBER = re.compile(r"(?P<sign>[<>]=?)?\s*(?P<number>(?<![\w.])-?\d+(?![\w.]))")
_BEYOND = {"<": -1, ">": 1}
"""By how much the last number that a sign allows differs from the one that it names."""


def numbered_ranks(relation: Relation, column: Column, texts: Iterable[str]) -> tuple[str, str] | None:
    """Return the highest rank and the lowest; none where a column holds no such numbers.

    The highest is the largest, unless code asks for less alone.
    """
    keys = relation.link_columns
    if column.type not in _TYPES or column.name in keys or not _NAME.search(column.name):
        return None
    checks = [plain(one.definition) for one in relation.checks if one.columns == (column.name,)]
    said = (found for check in checks for found in _NUMBER.finditer(STRING.sub("", check)))
    numbers = {int(found["number"]) + _BEYOND.get(found["sign"] or "", 0) for found in said}
    if len(numbers) <= 1:
        return None
    lowest, highest = str(min(numbers)), str(max(numbers))
    return (lowest, highest) if _asks_for_less(column.name, texts) else (highest, lowest)


def _asks_for_less(name: str, texts: Iterable[str]) -> bool:
    said = [text for text in texts if name in text]
    less, more = (
        any(re.search(rf"(?<!\w){word(name)}\)*\s*{sign}=?\s*\d", plain(text)) for text in said)
        for sign in "<>"
    )
    return less and not more
