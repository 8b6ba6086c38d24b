"""Whether replies of a function tell one question from another, or only one call from the next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOKEN = re.compile(r"[^\W_][\w\-:.+]*|…")
"""A word, a number, a uuid or a time."""


def told_apart(asked: Sequence[str], other: Sequence[str], again: Sequence[str]) -> bool:
    """Whether the rows for one question differ from those for another in more than chance.

    What differs between two replies to the other question is made anew by each call: a new key, the next
    number of a sequence, the time. It is looked at in none of them.

    Args:
        asked: Rows for a question, with what was asked left out.
        other: Rows for another question, the same.
        again: Rows for that other question, asked once more.
    """
    one, two, three = map(_tokens, (asked, other, again))
    if one == two or len(two) != len(three):
        return False
    if len(one) != len(two):
        return True
    return any(a != b for a, b, c in zip(one, two, three, strict=True) if b == c)


def _tokens(rows: Sequence[str]) -> list[str]:
    return [token for row in rows for token in (*_TOKEN.findall(row), "\n")]
