"""Columns that were taken back from a role to which the whole table was given: the server takes nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import name_of, plain, unsaid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation

_SAYS = re.compile(
    r"\b(?P<verb>grant|revoke)\s+(?P<what>[^;]*?)\s+on\s+(?:table\s+)?"
    r"(?P<where>[\w$.]+(?:\s*,\s*[\w$.]+)*)\s+(?:from|to)\s+(?P<whom>[\w$]+(?:\s*,\s*[\w$]+)*)",
    re.IGNORECASE,
)
_COLUMNS = re.compile(r"\b(?:select|all(?:\s+privileges)?)\s*\(([^)]*)\)", re.IGNORECASE)
_WHOLE = re.compile(r"\b(?:select|all(?:\s+privileges)?)\b(?!\s*\()", re.IGNORECASE)

_Taken = dict[tuple[str, str], set[str]]
"""By table and role, the columns that were taken back since they were given last."""


def taken_back(history: Iterable[str]) -> _Taken:
    """Return what the target's own SQL takes back of single columns, and does not give again."""
    found: _Taken = defaultdict(set)
    for text in history:
        for said in _SAYS.finditer(unsaid(plain(text))):
            columns = {name for listed in _COLUMNS.findall(said["what"]) for name in _named(listed)}
            for place in ((t, r) for t in _named(said["where"]) for r in _named(said["whom"])):
                if said["verb"].lower() == "revoke":
                    found[place] |= columns
                elif _WHOLE.search(said["what"]):
                    found.pop(place, None)
                else:
                    found[place] -= columns
    return found


def kept_in_vain(relation: Relation, taken: _Taken, roles: Collection[str]) -> frozenset[str]:
    """Return the columns that were taken back from a role that rows are shown to, and that it still reads."""
    tables = (relation.table, f"{relation.schema}.{relation.table}")
    shown_to = {role for policy in relation.shown_by for role in policy.roles}
    readers = {*roles} if "public" in shown_to or not relation.rls else {*roles} & shown_to
    return frozenset(
        name
        for role, shown in relation.readable.items()
        for table in (tables if role in readers else ())
        for name in taken.get((table, role), set()) & {*shown}
    )


def untaken(relation: Relation, kept: Collection[str], roles: Collection[str]) -> str:
    """Return the statements that take back what was meant to be."""
    held = ", ".join(sorted(role for role in relation.readable if role in roles))
    left = ", ".join(column.quoted for column in relation.columns if column.name not in kept)
    given = f"grant select ({left}) on {relation.name} to {held};"
    why = "a REVOKE of columns takes nothing from a grant on the whole table"
    return f"revoke select on {relation.name} from {held}; {given} -- {why}"  # noqa: S608  for people to run


def _named(listed: str) -> Iterator[str]:
    for one in listed.split(","):
        yield ".".join(name_of(part) for part in one.strip().split("."))
