"""Columns that functions take the beginning of, when they are given to one, and what they compare it with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.folders import begun
from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.comparisons import PAIR
from pytest_readiness.judges.sql.lexis import last_name, name_of, plain, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function
    from pytest_readiness.judges.sql.texts import Texts

_ARGUMENT = re.compile(r"\(*(?:(?:\w+\.)?\w+\.)?(\w+)\)*(?:::[\w ]+)?")
_TAKEN = re.compile(
    r"starts_with|\b(?:left|substr|substring|split_part|string_to_array|foldername|strpos|position)\b|like\b|~|\^@",
    re.IGNORECASE,
)
"""What may take the beginning of a text."""

Place = tuple[str, str]
"""A relation and its column."""


def given_paths(catalog: CatalogEvidence, texts: Texts) -> Iterator[tuple[Place, Place, str]]:
    """Yield texts that policies give to functions, what their beginnings are compared with, and the mark."""
    taking = {f.signature for f in catalog.functions if f.arguments and _TAKEN.search(f.body)}
    known: dict[tuple[str, int, str], list[tuple[Place, str]]] = {}
    for relation in catalog.relations if taking else ():
        said = {policy.using for policy in relation.shown_by}
        for function in texts.named_functions(said) if said else ():
            for number, name in _given(function, said) if function.signature in taking else ():
                column = relation.column(name)
                if column is None or not column.is_text:
                    continue
                key = function.signature, number, column.name
                if key not in known:
                    known[key] = [*_compared(catalog, texts, function, number, column.name)]
                yield from (((relation.name, column.name), place, mark) for place, mark in known[key])


def _given(function: Function, said: set[str]) -> Iterator[tuple[int, str]]:
    """Yield the places of arguments for which texts give a column, with its name."""
    call = re.compile(rf"(?<!\w){word(last_name(function.name))}\s*\(([^()]*)\)", re.IGNORECASE)
    for text in said:
        for found in call.finditer(plain(text)):
            values = [_ARGUMENT.fullmatch(value.strip()) for value in found[1].split(",")]
            yield from (
                (number, name_of(value[1]))
                for number, value in enumerate(values[: len(function.arguments)])
                if value
            )


def _compared(
    catalog: CatalogEvidence, texts: Texts, function: Function, number: int, column: str
) -> Iterator[tuple[Place, str]]:
    """Yield what a function compares the beginning of an argument with; its name may tell what ends it."""
    argument = function.arguments[number].name
    spelt = [rf"\${number + 1}(?!\d)"] + ([rf"(?<![\w.]){word(argument)}(?!\w)"] if argument else [])
    given = f"given_{column}"
    said = re.sub("|".join(spelt), given, " ".join(plain(function.body).split()), flags=re.IGNORECASE)
    said, marks = begun(said)
    names = Names(catalog, texts, None, said) if given in marks else None
    for found in PAIR.finditer(said) if names else ():
        sides = ((found["left_of"], found["left"]), (found["right_of"], found["right"]))
        for (of, mine), other in (sides, sides[::-1]):
            if names and not of and mine == given:
                yield from ((place, marks[given]) for place in names.places(*other))
