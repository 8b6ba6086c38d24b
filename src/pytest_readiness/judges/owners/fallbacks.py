"""Keys that code gives to callers who bring none: these are of the tenant that has the key, if one has it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.folders import closing
from pytest_readiness.judges.sql.lexis import names, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column

_BROUGHT = re.compile(r"\bjwt\s*\(|current_setting\s*\(", re.IGNORECASE)
"""What a caller brings: a token, or what the application said of the session."""

_COALESCE = re.compile(r"\bcoalesce\s*(?=\()", re.IGNORECASE)
_LITERAL = r"\(*('(?:[^']|'')*'|\d+)\)*\s*(?:::\s*[\w ]+)?\)*"
_LAST = re.compile(rf",\s*{_LITERAL}\s*\)$")
_GIVEN = re.compile(
    rf"(?:\breturn|\bthen|\belse|:=)\s*{_LITERAL}\s*(?:;|\bend\b|\belse\b|\bwhen\b)", re.IGNORECASE
)
_PARTS = re.compile(r"\b(?:and|or|where|then|else)\b|;", re.IGNORECASE)
_UUID = re.compile(r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
_NOBODYS = re.compile(
    r"^(|[0-]+|[f-]+|-.*|n/?a|none|null|nil|true|false|unknown|invalid|missing|no_?\w+|anon\w*|guests?|nobody|public|"
    r"demo|samples?|examples?|trial|sandbox|playground|shared|global|common|all|any|everyone)$",
    re.IGNORECASE,
)
"""Keys that belong to nobody, or to everybody."""


def named_beside(texts: Iterable[str], columns: Iterable[str]) -> frozenset[str]:
    """Return all names in conditions that name one of some columns: so of functions that say its key."""
    wanted = frozenset(columns)
    conditions = (names(part) for text in texts for part in _PARTS.split(plain(text)))
    return frozenset().union(*(found for found in conditions if wanted & found))


def fallbacks(texts: Iterable[str], keying: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the literals that texts give for what a caller may fail to bring, as far as they may be keys.

    Args:
        texts: All that run.
        keying: Those of functions whose result is compared with a key: of others, words come last.
    """
    said = [plain(text) for text in texts]
    if not any(map(_BROUGHT.search, said)):
        return ()
    likely = {plain(text) for text in keying}
    found = [literal for text in said for literal in _instead(text)]
    for text in sorted(said, key=lambda one: one not in likely):
        found += _GIVEN.findall(text) if _BROUGHT.search(text) else ()
    keys = (one[1:-1].replace("''", "'") if one.startswith("'") else one for one in found)
    return tuple(dict.fromkeys(key for key in keys if not _NOBODYS.match(key)))


def may_hold(column: Column, key: str) -> bool:
    """Whether a column may hold a key, by its type."""
    if column.type in {"smallint", "integer", "bigint"}:
        return key.isdigit()
    return bool(_UUID.match(key)) if column.type == "uuid" else column.type in {"text", "citext"}


def _instead(text: str) -> Iterator[str]:
    for found in _COALESCE.finditer(text):
        last = _LAST.search(text[found.end() : closing(text, found.end())])
        yield from [last[1]] if last else ()
