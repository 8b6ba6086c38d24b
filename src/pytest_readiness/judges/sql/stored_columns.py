"""Which columns of a view show what a table holds as it is there, and which are computed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import name_of, plain, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_readiness.evidence.catalog import Relation

_CALLED = re.compile(r"\bas\s+(\w[\w$]*)(?![\w$]|\s*\()", re.IGNORECASE)
_RENAMED = re.compile(
    r"(?:\bselect(?:\s+distinct)?|,)\s+(?:[\w$]+\.)?(?P<of>[\w$]+)\s+as\s+(?P<name>[\w$]+)(?=\s*,|\s+from\b)",
    re.IGNORECASE,
)
"""A column under another name, as the server prints it."""

_TOGETHER = re.compile(
    r"\b(group\s+by|having|distinct)\b|"
    r"\b(count|sum|avg|min|max|every|mode|corr|grouping|\w+_(agg|and|or|cont|disc)|(stddev|var|covar|regr)\w*)\s*\(",
    re.IGNORECASE,
)
"""What makes one row of several."""


def by_itself(texts: Iterable[str]) -> bool:
    """Whether queries make each row of theirs of one row, so that what they compute tells of that alone."""
    return not any(_TOGETHER.search(plain(text)) for text in texts)


def as_stored(view: Relation, texts: Iterable[str]) -> Mapping[str, str]:
    """Return the columns of a view that nothing computes, each with what it is called where it is stored.

    The server prints a name beside all that is more than a column under its own name.

    Args:
        view: That shows them.
        texts: Its query, and those of the views that it is made of.
    """
    said = [plain(text) for text in texts]
    called = [name for text in said for name in _CALLED.findall(text)]
    renamed = [(found["name"], found["of"]) for text in said for found in _RENAMED.finditer(text)]
    found: dict[str, str] = {}
    for column in view.columns:
        name = word(column.name)
        sources = [of for other, of in renamed if other == name]
        if name not in called:
            found[column.name] = column.name
        elif called.count(name) == len(sources) and len({*sources}) == 1 and sources[0] not in called:
            found[column.name] = name_of(sources[0])
    return found
