"""Places in an entry: its columns, and what is kept within one, which may be a whole document."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

WITHIN = " -> "
"""What stands between a column of a log and the key of what is kept within it."""

SIDES = ("[0]", "[1]")
"""The keys of what columns of the row held before and after, where each has a pair of values."""

_SAID = (frozenset({"old", "from", "before", "was"}), frozenset({"new", "to", "after", "is"}))


def place(entry: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401  whatever the log holds
    """Return what stands in a place of an entry; None where it has no such place."""
    if name in entry:
        return entry[name]
    kept, _, key = name.rpartition(WITHIN)
    held = entry.get(kept) if kept else None
    if isinstance(held, str):
        with suppress(ValueError):
            held = json.loads(held)
    if not isinstance(held, dict):
        return None
    if key in SIDES:
        return {column: _of_pair(pair, SIDES.index(key)) for column, pair in held.items()}
    return held.get(key)


def is_pair(held: object) -> bool:
    """Whether a value is what a column held before and after: two in a list, or two that are called so."""
    if isinstance(held, dict):
        return len(held) == len(SIDES) and all(held.keys() & words for words in _SAID)
    return isinstance(held, list) and len(held) == len(SIDES)


def _of_pair(pair: Any, side: int) -> Any:  # noqa: ANN401  whatever the log holds
    if not is_pair(pair):
        return None
    return pair[side] if isinstance(pair, list) else next(pair[word] for word in pair if word in _SAID[side])
