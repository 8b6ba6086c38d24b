"""Which code holds locks until its transaction ends, as far as it says so; where to look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import name_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.catalog import Argument

_LOCKS = re.compile(
    r"\bpg_(?:try_)?advisory_(?:xact_)?lock\w*|(?:^|[;'$]|\b(?:begin|then|else|loop)\b)\s*lock\s+(?:table\s+)?[\w\"]"
    r"|\bfor\s+(?:no\s+key\s+)?update\b|\bfor\s+(?:key\s+)?share\b",
    re.IGNORECASE,
)
_WRITTEN = re.compile(
    r"\bupdate\s+(?:only\s+)?(?:\w+\s*\.\s*)?(\w+)|\binsert\s+into\s+(?:\w+\s*\.\s*)?(\w+)\b[^;]*?\bdo\s+update\b",
    re.IGNORECASE,
)
"""Of which tables code updates rows; what comes after ON CONFLICT DO UPDATE is no table."""

_NAMING = re.compile(r"text|character|citext|name|uuid|smallint|integer|bigint|numeric|date|timestamp|json")
"""Types of values that may be the name of what is locked, or a part of it."""


def locks(body: str) -> bool:
    """Whether code locks something by name: a number, a table, rows that it reads."""
    return bool(_LOCKS.search(plain(body)))


def updated(body: str) -> Iterator[str]:
    """Yield the names of tables whose rows code updates, and so locks."""
    for first, second in _WRITTEN.findall(plain(body)):
        yield name_of(first or second)


def apart(arguments: Sequence[Argument], hers: Sequence[str], his: Sequence[str]) -> bool:
    """Whether two calls give nothing alike that could name what both of them lock on purpose.

    Args:
        arguments: Of the function.
        hers: What one of them gives.
        his: What the other one gives.
    """
    naming = [place for place, argument in enumerate(arguments) if _NAMING.match(argument.type)]
    ours, theirs = ({given[place] for place in naming if place < len(given)} for given in (hers, his))
    return len(hers) == len(his) and not ours & theirs
