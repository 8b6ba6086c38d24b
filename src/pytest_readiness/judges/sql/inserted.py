"""Which columns of a table a function fills with its arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import name_of, plain, snake_case, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Function, Relation

_PREFIX = re.compile(r"^(?:p|in|v|arg|param|new)_(?=.)|_$")
_KEY = re.compile(r"(?:->>?|\?)\s*'([\w-]+)'")
_WORD = re.compile(r"\w+")
_OPENING, _CLOSING = "([", ")]"


def told_by(function: Function, table: Relation) -> tuple[str, ...]:
    """Return for each argument the column of a table that it tells, as its INSERT says or as it is called.

    It is empty where nothing says it. A body that hands its arguments on to another function says nothing of
    columns; names may.
    """
    columns = {snake_case(column.name): column.name for column in table.columns}
    filled = list(_inserted(plain(function.body), table))
    return tuple(
        next(
            (column for column, expression in filled if _says(expression, argument.name, place)),
            columns.get(_PREFIX.sub("", snake_case(argument.name)), ""),
        )
        for place, argument in enumerate(function.arguments, 1)
    )


def keys_told(function: Function, table: Relation) -> dict[str, str]:
    """Return the keys of documents that an INSERT of a function reads, each with the column that it fills."""
    filled = _inserted(plain(function.body), table)
    return {key: column for column, expression in filled for key in _KEY.findall(expression)}


def names_told(function: Function, table: Relation, names: Iterable[str]) -> dict[str, str]:
    """Return which of some names, such as a record's columns, fill a column alone, each with that column."""
    known = {*names}
    filled = _inserted(plain(function.body), table)
    said = ((column, {*map(name_of, _WORD.findall(expression))} & known) for column, expression in filled)
    return {name: column for column, found in said if len(found) == 1 for name in found}


def _says(expression: str, argument: str, place: int) -> bool:
    named = rf"(?<![\w.]){word(argument)}(?!\w)|" if argument else ""
    return bool(re.search(rf"{named}\${place}(?!\d)", expression, re.IGNORECASE))


def _inserted(text: str, table: Relation) -> Iterator[tuple[str, str]]:
    """Yield the columns that statements of a body fill, each with what it is filled with."""
    into = rf"\binsert\s+into\s+(?:{word(table.schema)}\s*\.\s*)?{word(table.table)}\s*(?:as\s+\w+\s*)?"
    into += r"\(([^()]*)\)\s*"
    for found in re.finditer(rf"{into}(?:values\s*\(|select\b)", text, re.IGNORECASE):
        columns = [name_of(one.strip()) for one in found.group(1).split(",")]
        yield from zip(columns, _listed(text[found.end() :]), strict=False)


def _listed(text: str) -> Iterator[str]:
    """Yield what stands between commas, to the end of the list that the text begins with."""
    depth, start = 0, 0
    for place, letter in enumerate(text):
        if letter in _OPENING:
            depth += 1
        elif letter in _CLOSING:
            depth -= 1
        if depth < 0 or (depth == 0 and letter == ";"):
            yield text[start:place]
            return
        if depth == 0 and letter == ",":
            yield text[start:place]
            start = place + 1
    yield text[start:]
