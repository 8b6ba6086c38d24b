"""Columns that hold the digest of what an application says of whoever acts: the hash of a key, and no key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.grantees import SETTING
from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.lexis import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.judges.sql.texts import Texts

_DIGEST = re.compile(
    r"(?<![\w.])(?:(?:pg_catalog|extensions|public)\.)?(?:sha(?:224|256|384|512)|md5|encode|digest|hmac)\s*\(",
    re.IGNORECASE,
)
_HASHES = re.compile(r"\b(?:sha(?:224|256|384|512)|md5|digest|hmac)\s*\(", re.IGNORECASE)
_COLUMN = r"(?:(?:\w+\.)?(?P<of>\w+)\.)?(?P<column>\w+)"
_BEFORE = re.compile(rf"(?<![\w.]){_COLUMN}\)*(?:::\w+)?\s*=\s*\(*$")
_AFTER = re.compile(rf"\)*(?:::\w+)?\s*=\s*\(*{_COLUMN}(?![\w.(])")


def digests(catalog: CatalogEvidence, texts: Texts) -> dict[tuple[str, str], str]:
    """Return by relation and column the expression of what it holds, which asks a setting."""
    found: dict[tuple[str, str], str] = {}
    for function in catalog.functions:
        said = " ".join(plain(function.body).split())
        compared = list(_compared(said))
        names = Names(catalog, texts, None, said) if compared else None
        for of, column, expression in compared if names else ():
            for place in names.places(of, column) if names else ():
                found.setdefault(place, expression)
    return found


def _compared(text: str) -> Iterator[tuple[str | None, str, str]]:
    """Yield what a text compares with the digest of a setting: qualifier, column, and expression."""
    for start in _DIGEST.finditer(text) if SETTING.search(text) else ():
        expression = _closed(text, start.start(), start.end())
        if not _HASHES.search(expression) or not SETTING.search(expression):
            continue
        sides = (_BEFORE.search(text[: start.start()]), _AFTER.match(text, start.start() + len(expression)))
        yield from ((side["of"], side["column"], expression) for side in sides if side)


def _closed(text: str, start: int, opened: int) -> str:
    """Return a call up to the parenthesis that closes it; nothing where none does."""
    depth = 1
    for end in range(opened, len(text)):
        depth += (text[end] == "(") - (text[end] == ")")
        if not depth:
            return text[start : end + 1]
    return ""
