"""The values of a row's columns that code compares with, in each of which it may do something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import names, plain, strings, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation

_LABELS = 8
_LONGEST = 40
"""What is longer is no state."""
_NUMBERS = re.compile(r"^(smallint|integer|bigint|numeric|real|double precision|money)")
_OR = re.compile(r"\b(?:or|case|coalesce)\b", re.IGNORECASE)
_NOT = re.compile(r"\bnot\b(?!\s+null)", re.IGNORECASE)
_COMPARED = (
    r"\s*\)*(?:\s*::\s*[\w \"]+)?\s*\)*"
    r"\s*(?:<=|>=|<>|!=|=|<|>|(?:not\s+)?in\b|is\s+(?:not\s+)?distinct\s+from)"
)


def values_asked(relation: Relation, column: Column, text: str) -> list[str | None]:
    """Return the values of a column that make a difference to code, or that a row is in by design.

    Args:
        relation: The table.
        column: Of it.
        text: Code that looks at its rows.
    """
    code = plain(text)
    asked = dict.fromkeys(_compared(column, code))
    known = [*column.labels, *_of_checks(relation, column)][:_LABELS] if column.name in names(code) else []
    found = dict.fromkeys((*asked, *known, *_states(relation, column)))
    return [value for value in found if value is not None or not column.not_null]


def asked_of_new(relation: Relation, column: Column) -> tuple[str, ...]:
    """Return the words of which policies ask a new row to say one, as `kind in ('print', 'scan')` does."""
    checks = [one.check for one in relation.policies if one.command in {"INSERT", "ALL"} and one.permissive]
    said = [plain(check) for check in checks if column.name in check]
    if not said or any(_NOT.search(check) for check in said):
        return ()
    equal = re.compile(
        rf"(?<![\w.']){re.escape(word(column.name))}\)*(?:::[\w ]+)?\)*\s*=\s*"
        rf"(?:'((?:[^']|'')*)'|any\s*\(+\s*array\[([^\]]*)\])",
        re.IGNORECASE,
    )
    pairs = (pair for check in said for pair in equal.findall(check))
    return tuple(
        dict.fromkeys(
            one for alone, listed in pairs for one in (alone.replace("''", "'"), *strings(listed)) if one
        )
    )


def demanded_switches(relation: Relation) -> frozenset[str]:
    """Return the switches that are on in each row that clients write, whatever else policies ask.

    A row of a user's in which one is off was made by the backend: such as those that come with a product.
    """
    writing = [
        one for one in relation.policies if one.permissive and one.command in {"INSERT", "ALL", "UPDATE"}
    ]
    asked = [plain(one.check or one.using) for one in writing]
    if not any(one.command in {"INSERT", "ALL"} for one in writing) or any(
        _OR.search(text) for text in asked
    ):
        return frozenset()
    return frozenset(
        column.name
        for column in relation.columns
        if column.type == "boolean" and all(_is_on(column, text) for text in asked)
    )


def _is_on(column: Column, condition: str) -> bool:
    said = rf"(?<![\w.']){re.escape(word(column.name))}(?!\w)"
    on = rf"(?:\(|\band\s+\(*|^){said}(?:\s*=\s*true|\s+is\s+true)?(?:\)|\s+and\b|$)"
    return bool(re.search(on, condition, re.IGNORECASE))


def _compared(column: Column, code: str) -> Iterator[str | None]:
    place = rf"(?:\b{re.escape(word(column.name))}|'{re.escape(column.name)}')"
    if re.search(rf"{place}\s*\)*\s+is\s+(?:not\s+)?null\b", code, re.IGNORECASE):
        yield None
    if column.type == "boolean":
        yield from ("true", "false") if re.search(place, code, re.IGNORECASE) else ()
        return
    after = re.compile(
        rf"{place}{_COMPARED}\s*(?:any\s*)?(\([^()]*(?:\[[^\]]*\])?[^()]*\)|'(?:[^']|'')*'|-?\d+(?:\.\d+)?)",
        re.IGNORECASE,
    )
    for said in after.findall(code):
        if _NUMBERS.match(column.type):
            yield from _around(said)
        elif not column.type.startswith(("json", "timestamp", "date")):
            yield from (one for one in strings(said) if len(one) <= _LONGEST)


def _around(said: str) -> Iterator[str]:
    """Yield a number, and one on each side of it."""
    for number in re.findall(r"-?\d+(?:\.\d+)?", said)[:2]:
        step = f"{10 ** -len(number.partition('.')[2]):f}" if "." in number else "1"
        yield from (number, *(f"{float(number) + sign * float(step):g}" for sign in (-1, 1)))


def _states(relation: Relation, column: Column) -> list[str]:
    """Return the labels of an enum, or the texts to which a CHECK holds a column, where these are few."""
    known = [*column.labels, *_of_checks(relation, column)]
    return known if len(known) <= _LABELS else []


def _of_checks(relation: Relation, column: Column) -> list[str]:
    checks = [check.definition for check in relation.checks if check.columns == (column.name,)]
    every = (text for check in checks for text in strings(check))
    return [text for text in dict.fromkeys(every) if 0 < len(text) <= _LONGEST and "\n" not in text]
