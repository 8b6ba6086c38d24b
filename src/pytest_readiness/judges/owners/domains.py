"""Which columns are compared with the end of the caller's address, however it is taken apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import STRING, last_name, name_of, plain, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence

_COLUMN = r"(?:(?:\w+\.)?(?P<of>\w+)\.)?(?P<name>\w+)"
_CASTS = r"\)*(?:::[\w ]+?)?\)*"
_DOMAINS = (
    re.compile(
        rf"(?<![\w.']){_COLUMN}{_CASTS}\s*=\s*\(*\s*(?:select\s+)?(?:lower\s*\()?"
        r"(?:split_part|substring)\s*\([^;@]{0,160}?email",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:split_part|substring)\s*\([^;@]{0,160}?email[^;]{0,60}?'@[^']*'(?:::text)?(?:\s*,\s*2)?\)+"
        rf"(?:\s+as\s+\w+\))?\s*=\s*\(*{_COLUMN}(?![\w.(])",
        re.IGNORECASE,
    ),
    re.compile(
        r"email(?:\(\)|'(?:::text)?)\)*(?:::text)?\s*(?:~~\*?|i?like)\s*\(*'%[^']*'(?:::text)?\s*\|\|\s*\(*"
        rf"{_COLUMN}(?![\w.(])",
        re.IGNORECASE,
    ),
)
"""Comparisons of a column with the domain of an address."""

_CALLERS = re.compile(r"auth\.email\(\)|->>?\s*'email'|current_setting\s*\(\s*'[\w.]*mail'", re.IGNORECASE)
_PARTED = re.compile(r"\b(?:and|or|where|when|then|else|if|return)\b|;", re.IGNORECASE)
"""What stands between one condition and the next."""

_APART = re.compile(
    rf"\b(?:right|{word('right')}|reverse|regexp_\w+|substr|substring|split_part|string_to_array|position|strpos)"
    r"\s*\(",
    re.IGNORECASE,
)
"""What takes an address apart."""

_ALIKE = re.compile(r"\s(?:~~?\*?|i?like)\s", re.IGNORECASE)
_MADE = re.compile(r"\|\||\bconcat\s*\(", re.IGNORECASE)
"""What makes a pattern of a column: without it an address is compared as it is."""

_NAMED = re.compile(r"(?<![\w.])(?:(?:\w+\.)?(?P<of>\w+)\.)?(?P<name>\$?\w+)(?![\w(.])")
_CAST = re.compile(r"::\s*(?:character varying|\w+)(?:\s*\(\d+\))?")
_ADDRESS = re.compile(r"e?_?mail(_?addr(ess)?)?$", re.IGNORECASE)


def compared(text: str) -> Iterator[tuple[str | None, str]]:
    """Yield what a text compares with the end of the caller's address: qualifiers, if any, and names.

    Args:
        text: In plain SQL.
    """
    if "mail" not in text.lower():
        return
    for condition in _PARTED.split(text):
        caller = _CALLERS.search(condition)
        alike = _ALIKE.search(condition, caller.end()) if caller else None
        if caller is None or not (
            (alike and _MADE.search(condition, alike.end())) or _APART.search(condition)
        ):
            continue
        side = condition[alike.end() :] if alike else condition
        for found in _NAMED.finditer(_CAST.sub("", STRING.sub("", side))):
            if not _ADDRESS.search(found["name"]):
                yield found["of"], found["name"]


def given(catalog: CatalogEvidence) -> dict[str, frozenset[int]]:
    """Return by the plain names of functions which of their arguments they compare so."""
    found = {}
    for function in catalog.functions:
        said = {name_of(name) for of, name in compared(" ".join(plain(function.body).split())) if not of}
        places = {
            place
            for place, argument in enumerate(function.arguments)
            if {argument.name, f"${place + 1}"} & said
        }
        if places:
            found[last_name(function.name)] = frozenset(places)
    return found


def passed_on(text: str, functions: dict[str, frozenset[int]]) -> Iterator[tuple[str | None, str]]:
    """Yield what a text gives to functions that compare it so."""
    for name, places in functions.items():
        for call in re.finditer(rf"(?<!\w){word(name)}\s*\(([^()]*)\)", text, re.IGNORECASE):
            for place, value in enumerate(call[1].split(",")):
                column = _NAMED.fullmatch(_CAST.sub("", value).strip())
                if column and place in places:
                    yield column["of"], column["name"]
