"""Parts of a time that a body compares with an argument: the year of a day, or how its month is spelt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import name_of, word

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMN = r"(?P<column>(?:\w+\.)?\w+)"
_AS = r"(?:::\s*[\w ]+?(?:\s*\(\d+\))?\s*)?"
_CALLS = tuple(
    rf"(?P<call>{said}\s*\))"
    for said in (
        rf"to_char\s*\(\s*{_COLUMN}{_AS}\s*,\s*'[^']*'{_AS}",
        rf"extract\s*\(\s*\w+\s+from\s+{_COLUMN}{_AS}",
        rf"date_(?:part|trunc)\s*\(\s*'\w+'{_AS}\s*,\s*{_COLUMN}{_AS}",
    )
)


@dataclass(frozen=True, slots=True)
class Part:
    """A call that takes a part of what is in a column.

    Attributes:
        before: What stands before the column in the call.
        column: Its name.
        after: What stands after it.
    """

    before: str
    column: str
    after: str

    def of(self, value: str) -> str:
        """Return the call with an expression in the place of the column."""
        return f"{self.before}{value}{self.after}"


@lru_cache(maxsize=4096)
def parts(body: str, argument: str) -> tuple[Part, ...]:
    """Return the parts that a body, without comments, compares with an argument."""
    return tuple(_parts(body, argument))


def _parts(body: str, argument: str) -> Iterator[Part]:
    if not argument or "(" not in body:
        return
    named = rf"\(*(?:\w+\.)?{word(argument)}(?!\w)"
    for call in _CALLS:
        for pattern in (rf"{call}\)*\s*{_AS}=\s*{named}", rf"(?<!\w){named}\s*{_AS}\)*\s*=\s*\(*{call}"):
            for found in re.finditer(pattern, body, re.IGNORECASE):
                start, end = (at - found.start("call") for at in found.span("column"))
                column = name_of(found["column"].rpartition(".")[2])
                yield Part(found["call"][:start], column, found["call"][end:])
