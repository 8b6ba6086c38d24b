"""Which numbers of a row may be taken from: what begins with nothing, and what code takes away from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain, underscored, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation

_NUMBERS = re.compile(r"^(integer|bigint|numeric|real|double precision)")
_SIZE = re.compile(r"\((\d+),(\d+)\)")
_MOST, _DIGITS = "2000000000", 9
"""As much as the smallest of these types takes, and how many digits of it."""

_NOTHING = re.compile(r"\(*'?0(?:\.0+)?'?\)*(?:::[\w ]+(?:\([\d,]+\))?)?")
_COUNTS = re.compile(
    r"(^|_)(counts?|counter|number|attempts?|tries|retries|fail(ed|ures?)|strikes?|warnings?|used|usage|spent|reserved|"
    r"held|locked|blocked|owed|debts?|due|overdrawn|views?|likes?|votes?|versions?|revisions?|positions?|orders?|sort|"
    r"ranks?|levels?|priority|progress|percent\w*|discount|fees?|tax|limit\w*|days|seq|step)(_|$)",
    re.IGNORECASE,
)
"""What numbers are called that count, bound or weigh upon whoever has them: more of it is no wealth."""

_WEALTH = re.compile(
    r"(^|_)(balance|saldo|solde|guthaben|credits?|points?|coins?|gold|cash|funds?|money|cents|stock|available|"
    r"remaining|tokens)(_|$)",
    re.IGNORECASE,
)


def funds(relation: Relation) -> Iterator[Column]:
    """Yield the columns that hold what their owner has, and of which a new row has nothing."""
    keys = relation.link_columns
    checks = [plain(check.definition) for check in relation.checks]
    for column in relation.columns:
        zero = _NOTHING.fullmatch(column.default)
        name = underscored(column.name)
        if not zero or not column.writable or column.name in keys or not _NUMBERS.match(column.type):
            continue
        floor = re.compile(rf"(?<!\w){re.escape(word(column.name))}\)?(?:::\w+)? >= \(?'?0\b", re.IGNORECASE)
        if _WEALTH.search(name) or (any(map(floor.search, checks)) and not _COUNTS.search(name)):
            yield column


def spends(relation: Relation, body: str) -> Iterator[Column]:
    """Yield the columns that the body of a function takes something from, or of which it asks for enough."""
    keys = relation.link_columns
    text = plain(body)
    for column in relation.columns:
        name = re.escape(word(column.name))
        # What is set to a difference, or stands before a sign that asks for as much; reserved, as in
        # `balance - reserved >= 5`, is what is not there.
        taken = rf"(?<![\w-])(?<!- )(?:\w+\.)?{name}\)?\s*(?:-(?![>-])|[<>]=?\s*(?![@&|<>-]))"
        less = rf"(?<!\w){name}\s*:?=\s*[^,;=]*?\w\)*\s*-(?![>-])"
        numbered = column.writable and column.name not in keys and _NUMBERS.match(column.type)
        if numbered and not _COUNTS.search(underscored(column.name)) and re.search(f"{taken}|{less}", text):
            yield column


def most_of(relation: Relation, column: Column) -> str:
    """Return as much as a column takes; empty where a CHECK may bound it from above."""
    name = re.escape(word(column.name))
    bound = re.compile(rf"(?<!\w){name}\)?(?:::\w+)?\s*(?:<|between)|>=?\s*\(?{name}(?!\w)", re.IGNORECASE)
    if any(bound.search(plain(check.definition)) for check in relation.checks):
        return ""
    size = _SIZE.search(column.type)
    digits = int(size[1]) - int(size[2]) if size else _DIGITS + 1
    return _MOST if digits > _DIGITS else "9" * digits
