"""By what a row that was there before is recognised as one owner's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TELLING = re.compile(r"(?=.{6}).*(?:\d|[^\w])", re.DOTALL)
"""A value by which a row is told: longer than a code, and no single word, such as a state is called by."""


def marks_of(rows: Iterable[Mapping[str, Any]], column: str) -> dict[str, tuple[str, ...]]:
    """Return the owners that rows name in a column, with the values that only their rows hold.

    The longest comes first. An owner's key is none of them: in another column it tells nothing of a row.
    """
    by_owner: dict[str, set[str]] = {}
    for row in rows:
        if row.get(column) is not None:
            values = {str(value) for name, value in row.items() if value is not None and name != column}
            by_owner.setdefault(str(row[column]), set()).update(filter(_TELLING.match, values))
    return {
        owner: tuple(
            sorted(values - _of_others(by_owner, owner) - by_owner.keys(), key=lambda v: (-len(v), v))
        )
        for owner, values in by_owner.items()
    }


def _of_others(by_owner: Mapping[str, set[str]], owner: str) -> set[str]:
    return {value for other, values in by_owner.items() if other != owner for value in values}
