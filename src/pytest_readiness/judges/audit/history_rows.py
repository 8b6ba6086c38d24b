"""Compares a row of a history table, which has the columns of the table, with what was stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.audit.images import instant, same
from pytest_readiness.judges.audit.recorded_images import show
from pytest_readiness.judges.audit.words import BOOKKEEPING, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Row, Write

_RANGE = re.compile(r'([\[(])"?([^",]*)"?,"?([^",]*)"?([\])])')
_ENDS = re.compile(
    r"(^|_)(to|until|till|thru|end|ends|ended|upper|closed|superseded|replaced)(_at|_on)?$", re.IGNORECASE
)
_NEVER = 9000
"""A year from which on a time stands for none."""


def holds(entry: Row, image: Row | None) -> bool:
    """Whether an entry is a version of a row, whose time may have ended with it."""
    return image is not None and all(
        same(entry[key], held) or _ended(key, entry[key], held) for key, held in image.items() if key in entry
    )


def mirrored(about: list[Row], write: Write) -> Iterator[str]:
    """Say in what way no entry is the row before or after."""
    images = [image for image in (write.before, write.after) if image]
    if images and not any(holds(entry, image) for entry in about for image in images):
        yield f"left a version that the row never was: {show(about[0])}"
    elif (
        write.verb == "UPDATE" and write.column and write.before and write.after and not _shows(about, write)
    ):
        yield f"left a version without {write.column}, which changed"


def _shows(about: list[Row], write: Write) -> bool:
    """Whether an entry has a place for what changed, in a column that may be called otherwise."""
    name, before, after = write.column, write.before or {}, write.after or {}
    if BOOKKEEPING.search(name) or SECRET.search(name):
        return True
    own = [held for entry in about for key, held in entry.items() if key not in before]
    return any(name in entry for entry in about) or any(
        same(held, image.get(name)) for held in own for image in (before, after)
    )


def period_of(entries: list[Row]) -> str:
    """Return the column that tells best when a version was, a time or a range of times; else none."""
    times: dict[str, set[str]] = {}
    for entry in entries:
        for name, held in entry.items():
            if isinstance(held, str) and (instant(held) or _lasted(held)):
                times.setdefault(name, set()).add(held)
    return max(times, key=lambda name: len(times[name]), default="")


def _lasted(text: str) -> bool:
    found = _RANGE.fullmatch(text)
    return found is not None and any(instant(end) for end in found.groups()[1:3])


def _ended(name: str, said: object, held: object) -> bool:
    """Whether a time, or a range of times, had no end in the row, and has one in its version."""
    ranges = [_RANGE.fullmatch(one) for one in (said, held) if isinstance(one, str)]
    if len(ranges) == 2 and all(ranges):  # noqa: PLR2004  a pair
        closed, open_ = (found.groups() for found in ranges if found)
        return closed[:2] == open_[:2] and _endless(open_[2]) and instant(closed[2]) is not None
    endless = _endless(held) if isinstance(held, str) else held is None and bool(_ENDS.search(name))
    return endless and instant(said) is not None


def _endless(text: str) -> bool:
    return text in {"", "infinity"} or (text[:4].isdigit() and int(text[:4]) >= _NEVER)
