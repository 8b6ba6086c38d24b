"""What an argument means by the text of a function, and which values its type can mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain, word
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.gather.synthesis.refusals import Values

NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_RANGES = {
    "daterange": "date",
    "tsrange": "timestamp without time zone",
    "tstzrange": "timestamp with time zone",
    "int4range": "integer",
    "int8range": "bigint",
    "numrange": "numeric",
}


def compared(body: str, argument: Argument) -> frozenset[str]:
    """Return the names of columns that a body compares with an argument."""
    if not argument.name:
        return frozenset()
    name = rf"(?:\w+\.)?{re.escape(argument.name)}(?!\w)"
    left = re.findall(rf"(\w+)\s*(?:=|@>)\s*{name}", body, re.IGNORECASE)
    right = re.findall(rf"(?<!\w){name}\s*(?:=|<@)\s*(?:\w+\.)?(\w+)", body, re.IGNORECASE)
    return frozenset([*left, *right])


def naming(function: Function, argument: Argument, relation: Relation, row: Values) -> str:
    """Return what a row has in a column that a body compares with an argument; empty if there is none."""
    for name in sorted(compared(plain(function.body), argument)):
        column, value = relation.column(name), row.get(name)
        if column and value is not None and family(column.type) == family(argument.type):
            return f"{literal(value)}::{argument.declared}"
    return ""


def unasked(function: Function, given: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield arguments without those that a body does without: it asks whether they are NULL, or has defaults.

    What is checked of an argument may be checked only where it says something, and so may be what it narrows.
    """
    body = plain(function.body)
    names = {at: word(one.name) for at, one in enumerate(function.arguments) if one.name}
    asked = [
        at
        for at, name in names.items()
        if re.search(
            rf"(?<!\w){name}\s+is\s+(not\s+)?null|coalesce\s*\(\s*(\w+\.)?{name}\b", body, re.IGNORECASE
        )
    ]
    nulls = {at: f"null::{function.arguments[at].declared}" for at in asked}
    for left in dict.fromkeys((tuple(asked), *((at,) for at in asked))) if asked else ():
        yield tuple(nulls[at] if at in left else value for at, value in enumerate(given))
    for count in range(len(given) - function.defaults, len(given)):
        yield given[:count]


def family(column_type: str) -> str:
    """Return what types have in common whose values the server turns into each other by itself."""
    if column_type in NUMBERS or column_type.startswith("numeric"):
        return "number"
    if column_type.startswith(("text", "character", "citext", "name")):
        return "text"
    return (
        "time"
        if column_type.startswith(("timestamp", "date")) and "range" not in column_type
        else column_type
    )


def fitting(column_type: str, kind: str, value: str) -> str:
    """Return what an argument of a type has to say to mean a value: it, or where a range begins.

    Empty where it cannot mean it.
    """
    within = _RANGES.get(column_type, column_type)
    if family(within) != family(kind):
        return ""
    return value if within == column_type else value[1:].partition(",")[0].strip('"')
