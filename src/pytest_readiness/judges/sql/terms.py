"""Whether a range that says for how long something holds may come to be empty, by what code does with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import last_name, names, plain, unsaid, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Column, Relation

_WRITTEN = re.compile(r"\b(?:insert\s+into|update|merge\s+into)\s+(?:only\s+)?([\w.]+)", re.IGNORECASE)
_MADE = re.compile(r"\b(?:date|ts|tstz)(?:multi)?range\s*\(", re.IGNORECASE)
_QUERY = re.compile(r"\bselect\b", re.IGNORECASE)
_NOW = re.compile(
    r"\b(?:current_date|current_timestamp|localtimestamp|(?:now|clock_timestamp|statement_timestamp)\s*\()",
    re.IGNORECASE,
)
_BESIDE = re.compile(r"\bor\b|range\s*\(\s*(?:null|'-infinity')|,\s*(?:null|'infinity')", re.IGNORECASE)
"""What lets in beside a term, and what makes one that is open at one side."""

_ASKS = re.compile(r"\braise\b|\bisempty\s*\(", re.IGNORECASE)


def may_be_empty(relation: Relation, column: Column, bodies: Iterable[str]) -> bool:
    """Whether anybody may say, or cut off, for how long it is, and nothing is seen to ask for more.

    What constraints refuse is for the server to say.

    Args:
        relation: That has the range.
        column: In which it is.
        bodies: Of the functions of the target.
    """
    guards = [plain(trigger.body) for trigger in relation.triggers if trigger.enabled != "D"]
    if any(column.name in names(text) and _ASKS.search(text) for text in guards):
        return False
    held = relation.privileges.values()
    if any(column.name in {*one.insert, *one.update} for one in held):
        return True
    return any(_makes_none(relation, column, unsaid(plain(body))) for body in bodies)


def _makes_none(relation: Relation, column: Column, body: str) -> bool:
    """Whether code that writes to a relation cuts its range off, or makes one and raises nothing."""
    written = {last_name(found) for found in _WRITTEN.findall(body)}
    if relation.table not in written or column.name not in names(body):
        return False
    name = re.escape(word(column.name))
    cut = re.search(rf"(?<!\w){name}\)?\s*[*-](?!>)|[*-]\s*\(?(?:\w+\.)?{name}(?!\w)", body, re.IGNORECASE)
    return bool(cut) or (bool(_MADE.search(body)) and not _ASKS.search(body))


def lets_in_now(text: str, column: str) -> bool:
    """Whether a text asks that a term holds now, and lets in by nothing else beside it.

    A range that is open at one side asks only whether the term has begun, or is yet to end.

    Args:
        text: Of a policy or a function.
        column: That holds the term.
    """
    said = plain(text)
    name = rf"(?<!\w){re.escape(word(column))}(?!\w)"
    asked = re.compile(rf"{name}\)*\s*(?:@>|&&|<@)|(?:@>|&&|<@)\s*\(*(?:\w+\.)?{name}", re.IGNORECASE)
    conditions = (_condition(said, found.start()) for found in asked.finditer(said))
    return bool(_NOW.search(said)) and any(not _BESIDE.search(one) for one in conditions)


def beginnings(relation: Relation, end: Column, texts: Iterable[str]) -> tuple[Column, ...]:
    """Return the other times of a relation of which texts ask whether they are there, and so begin something.

    Args:
        relation: That has them.
        end: The time at which it is over.
        texts: Of policies and functions.
    """
    others = [one for one in relation.columns if one.dated and one.name != end.name]
    said = [text for text in map(plain, texts) if _NOW.search(text)] if others else []
    return tuple(one for one in others if any(_asks_if_begun(text, one) for text in said))


def _asks_if_begun(text: str, column: Column) -> bool:
    name = rf"(?<!\w)(?:\w+\.)?{re.escape(word(column.name))}(?!\w)\)*(?:::[\w ]+?)?"
    now = rf"\(*{_NOW.pattern}"
    return bool(re.search(rf"{name}\s*<=?\s*{now}|{now}\)*\s*>=?\s*\(*{name}", text, re.IGNORECASE))


def _condition(text: str, place: int) -> str:
    """Return the query in which a place is, from its beginning; the whole text where it is in none."""
    for start in reversed([found.start() for found in _QUERY.finditer(text, 0, place)]):
        end = _end(text, start)
        if end > place:
            return text[start:end]
    return text


def _end(text: str, start: int) -> int:
    """Return where the parentheses end in which a text goes on, or the statement does."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth < 0 or text[place] == ";":
            return place
    return len(text)
