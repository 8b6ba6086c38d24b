"""Which tables hold what opens something to whoever holds it, and what they say of it once it is over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.visibility import hides, is_over
from pytest_readiness.judges.sql.lexis import strings, underscored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation

PAST, FUTURE = "2001-01-01", "2999-01-01"

_ON = re.compile(r"^(is_)?(active|enabled|valid|current)$", re.IGNORECASE)
_SET_ASIDE = re.compile(
    r"(^|_)(archiv|arquiv|gearchiv|trash|draft|brouillon|borrador|entwurf)", re.IGNORECASE
)
"""What somebody does with her own list of links, and not with a link."""

_AHEAD = re.compile(
    r"expir|valid_to|until|till|ablauf|g[uü]ltig|bis$|hasta|jusqu|fino|scad|valid[ae]de", re.IGNORECASE
)
_ADDRESS = re.compile(r"mail|phone|locale|language", re.IGNORECASE)
_SAYING = re.compile(r"^(text|citext|name|character|json|numeric|money|real|double)")


@dataclass(frozen=True, slots=True)
class End:
    """What a column says of a link that is over, and of one that is not."""

    column: Column
    over: str
    held: str | None

    @property
    def said(self) -> str:
        """The column and its value, for people."""
        return f"{self.column.quoted} = {self.over}"


def is_link(relation: Relation, keys: Collection[str]) -> bool:
    """Whether rows say nothing but what they open, and to whom: an order has a token, and is no link.

    Args:
        relation: A table.
        keys: Its columns that hold owners, references, keys and tokens.
    """
    checked = {name for check in relation.checks for name in check.columns}
    said = (column for column in relation.columns if column.name not in {*keys, *checked})
    return bool(relation.foreign_keys) and not any(map(_has_to_say, said))


def ends(relation: Relation) -> Iterator[End]:
    """Yield the ways in which a link may be over: by a time, by a switch, by a word."""
    for column in relation.columns:
        if column.generated or not column.writable:
            continue
        if column.dated:
            ahead = FUTURE if column.not_null or _AHEAD.search(underscored(column.name)) else None
            yield from [End(column, PAST, ahead)] if _ends(column.name) else ()
        elif column.type == "boolean":
            on = bool(_ON.search(column.name))
            yield from (
                [End(column, *(("false", "true") if on else ("true", "false")))]
                if on or _ends(column.name)
                else ()
            )
        else:
            yield from _by_word(column, _words(relation, column))


def _by_word(column: Column, words: tuple[str, ...]) -> Iterator[End]:
    usual = [word for word in (*strings(column.default), *words) if not _ends(word, words)]
    yield from (End(column, word, usual[0]) for word in words if usual and _ends(word, words))


def _words(relation: Relation, column: Column) -> tuple[str, ...]:
    """Return the values of a closed list."""
    said = [check.definition for check in relation.checks if column.name in check.columns]
    return column.labels or tuple(text for check in said for text in strings(check))


def _ends(text: str, beside: Iterable[str] = ()) -> bool:
    return is_over(text, beside) and not hides(text) and not _SET_ASIDE.search(underscored(text))


def _has_to_say(column: Column) -> bool:
    """Whether each row has to say something in a column that is no address."""
    free = column.not_null and not column.default and not column.generated and not column.identity
    return free and bool(_SAYING.match(column.type)) and not _ADDRESS.search(column.name)
