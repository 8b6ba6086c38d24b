"""Which words make somebody an ordinary user, where new accounts may do less than that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.lookalikes import ROLE, listed_words
from pytest_readiness.judges.purpose.visibility import is_of_all, is_usual, is_withdrawn
from pytest_readiness.judges.sql.lexis import strings, underscored

if TYPE_CHECKING:
    from collections.abc import Container

    from pytest_readiness.evidence.catalog import Column, Relation

_USUAL = "member"
"""What an ordinary user may be called where nothing lists what there is."""

_ABOVE = re.compile(
    r"(^|_)(admin\w*|owner|manager|moderator|mod|lead(er)?|head|chief|staff|super\w*|root|system|service|bot|"
    r"master|editor|officer|director|president|treasurer|operator|support|council|board)(_|$)",
    re.IGNORECASE,
)
"""How those are called who may do more than others, whatever that is."""


def ordinary(column: Column, relation: Relation, said: Container[str], now: object) -> tuple[str, ...]:
    """Return what a column may hold of an ordinary user; nothing if what it holds may be that already.

    What no code asks for by its name gives no right of its own: it is what is left when the least is apart.
    Where several are left, each may be the name of a trade, whose rights are more than those of all.

    Args:
        column: That policies ask for.
        relation: Which has one row for each user.
        said: The words that code says.
        now: What it holds.
    """
    if column.type == "boolean":
        return ("true",) if now is False and is_usual(column.name) else ()
    closed = tuple(listed_words(relation, column)) or column.labels
    words = [word for word in closed if not _is_above(word) and not is_withdrawn(word, closed)]
    words = [word for word in words if word not in strings(column.default) and word != now]
    usual = [word for word in words if is_usual(word)]
    unsaid = [word for word in words if word not in said and word not in usual]
    invented = [_USUAL] if not closed and ROLE.match(column.name) and column.is_text and now != _USUAL else []
    return (*usual, *(unsaid if len(unsaid) == 1 else ()), *invented)


def _is_above(word: str) -> bool:
    return is_of_all(word) or bool(_ABOVE.search(underscored(word)))
