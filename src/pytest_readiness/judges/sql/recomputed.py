"""Whether a body writes nothing into rows but what it works out from rows: a sum, a count."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import last_name, names, plain, strings

if TYPE_CHECKING:
    from collections.abc import Collection

_UPDATE = (
    r"\bupdate\s+(?:only\s+)?(?:\w+\.)?{table}(?:\s+(?:as\s+)?(?!set\b)\w+)?"
    r"\s+set\s+(?P<set>[^;]*?)(?:;|$)"
)
_END = re.compile(r"\b(?:where|from|returning)\b", re.IGNORECASE)
_PART = re.compile(r"[()]|,|\b(?:where|from|returning)\b", re.IGNORECASE)
_INTO = re.compile(
    r"\bselect\b(?P<what>[^;]*?)\binto\s+(?:strict\s+)?(?P<into>\w+(?:\s*,\s*\w+)*)(?P<rest>[^;]*)",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(r"(?:^|[;\s])(\w+)\s*:?=\s*([^;]*);")
_WORKS = frozenset(
    [
        "coalesce",
        "greatest",
        "least",
        "round",
        "abs",
        "sum",
        "count",
        "avg",
        "min",
        "max",
        "nullif",
        "jsonb_object_agg",
        "jsonb_agg",
        "array_agg",
    ]
)
"""What works something out, and says nothing by itself."""

_NOTHING = frozenset({"", "{}", "[]"})


def recomputes(body: str, relation: str, arguments: Collection[str]) -> bool:
    """Whether each value that a body sets in a relation was looked up somewhere, and none was given."""
    text = " ".join(plain(body).split())
    pattern = _UPDATE.format(table=re.escape(last_name(relation)))
    updates = [found["set"] for found in re.finditer(pattern, text, re.IGNORECASE)]
    drawn = _drawn(text) - {*arguments}
    return bool(updates) and all(_is_drawn(one, drawn) for said in updates for one in _assigned(said))


def _drawn(text: str) -> frozenset[str]:
    """Return the variables that hold what queries found, or what was worked out from those alone."""
    found = {
        name.strip().lower()
        for one in _INTO.finditer(text)
        if re.search(r"\bfrom\b", one["what"] + one["rest"], re.IGNORECASE)
        for name in one["into"].split(",")
    }
    for name, value in _ASSIGNED.findall(text):
        if _works_out(value, frozenset(found)):
            found.add(name.lower())
    return frozenset(found)


def _assigned(said: str) -> list[str]:
    """Return the values of a SET, each as it stands."""
    depth, begin, parts = 0, 0, []
    for mark in _PART.finditer(said):
        depth += (mark[0] == "(") - (mark[0] == ")")
        if depth == 0 and mark[0] not in "()":
            parts.append(said[begin : mark.start()])
            begin = mark.end()
            if _END.match(mark[0]):
                return [part.partition("=")[2].strip() for part in parts]
    return [part.partition("=")[2].strip() for part in (*parts, said[begin:])]


def _is_drawn(value: str, drawn: frozenset[str]) -> bool:
    return bool(re.search(r"\(\s*select\b", value, re.IGNORECASE)) or _works_out(value, drawn)


def _works_out(value: str, drawn: frozenset[str]) -> bool:
    said = frozenset(name.lower() for name in names(value))
    return bool(said & drawn) and said <= drawn | _WORKS and {*strings(value)} <= _NOTHING
