"""What a connection keeps after a request, as far as code says so: where to look, and by which names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import name_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Function

_MAY_KEEP = re.compile(
    r"\b(set_config|listen|prepare|execute)\b",
    re.IGNORECASE,
)
"""What may leave something, for all that is said of it: what is put together may be anything."""

_WITHIN = r"(?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*"
_LOCAL = re.compile(rf"\bset_config\s*\({_WITHIN},\s*true\s*\)", re.IGNORECASE)
"""A setting that ends with its transaction."""

_TEMPORARY = r"(?:(?:local|global)\s+)?temp(?:orary)?"
_IN_SESSION = r"\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?pg_temp\s*\.\s*"
_OUTLIVES = re.compile(
    rf"\bset_config\s*\(|\bcreate\s+{_TEMPORARY}\b|\binto\s+{_TEMPORARY}\b|{_IN_SESSION}|\bprepare\s+\w"
    r"|\bwith\s+hold\b|(?:^|[;$]|\b(?:begin|then|else|loop)\b)\s*set\s+(?!local\b)",
    re.IGNORECASE,
)
"""What outlives a transaction; the SET of an UPDATE does not begin a statement."""

_NAMES = (
    re.compile(
        rf"\b(?:create\s+{_TEMPORARY}\s+(?:table|view|sequence)|into\s+{_TEMPORARY}(?:\s+table)?)\s+"
        r"(?:if\s+not\s+exists\s+)?(?:pg_temp\s*\.\s*)?(\w+)",
        re.IGNORECASE,
    ),
    re.compile(rf"{_IN_SESSION}(\w+)", re.IGNORECASE),
    re.compile(r"\bset_config\s*\(\s*'([\w.]+)'", re.IGNORECASE),
    re.compile(r"\bset\s+(?:session\s+)?(\w+\.[\w.]+)\s*(?:=|to\b)", re.IGNORECASE),
    re.compile(r"\bprepare\s+(\w+)\b", re.IGNORECASE),
)
_CALLER = re.compile(
    r"\b(?:current_setting\s*\(|(?:current|session)_user\b|current_role\b|auth\s*\.\s*(?:uid|jwt|role|email)\s*\()",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.-])\d{5,}(?:\.\d+)?(?![\w-])")
"""An amount that hardly two people have; smaller ones are counts and years."""


def keeps(body: str) -> bool:
    """Whether a function may leave something on the connection."""
    return bool(_MAY_KEEP.search(body)) or outlives(body)


def outlives(body: str) -> bool:
    """Whether a function says that it leaves something that its transaction does not take along."""
    return bool(_OUTLIVES.search(_LOCAL.sub("", plain(body))))


def kept_names(bodies: Iterable[str]) -> frozenset[str]:
    """Return the names of what functions leave: tables of the session, settings, prepared statements."""
    texts = [_LOCAL.sub("", plain(body)) for body in bodies]
    return frozenset(name_of(name) for text in texts for one in _NAMES for name in one.findall(text))


def mentions(body: str, names: Iterable[str]) -> bool:
    """Whether a function says one of these names."""
    said = plain(body)
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said, re.IGNORECASE) for name in names)


def reads_from(body: str, table: str) -> bool:
    """Whether a function reads rows of a table of the session."""
    said = re.sub(r"\s+", " ", plain(body))
    asked = rf"(?<!delete )\b(?:from|join) (?:only )?(?:pg_temp ?\. ?)?{re.escape(table)}(?!\w)"
    return bool(re.search(asked, said, re.IGNORECASE))


def remembers_its_caller(function: Function, called: Iterable[Function]) -> bool:
    """Whether the server may take the answer for one that never changes, though it depends on who calls.

    A plan that is kept for the connection has it written into it.
    """
    if function.volatility != "immutable":
        return False
    return any(_CALLER.search(plain(one.body)) for one in (function, *called))


def hers_alone(hers: Iterable[str], his: Iterable[str], anew: Iterable[str]) -> str:
    """Return a number that she is told, and he after her, but not where she never was; empty if none is."""
    told, without = ({number for row in rows for number in _NUMBER.findall(row)} for rows in (his, anew))
    return next((n for row in hers for n in _NUMBER.findall(row) if n in told - without), "")
