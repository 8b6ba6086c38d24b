"""Columns that were taken back from a role to which the whole table was given: the server takes nothing."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import name_of, plain, unsaid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation

_LIST = r"[\w$.]+(?:\s*,\s*[\w$.]+)*"
_SAYS = re.compile(
    rf"\b(?P<verb>grant|revoke)\s+(?P<what>[^;]*?)\s+on\s+(?:(?P<all>all\s+tables\s+in\s+schema)\s+|table\s+)?"
    rf"(?P<where>{_LIST})\s+(?:from|to)\s+(?:group\s+)?(?P<whom>{_LIST})|"
    rf"\bdrop\s+table\s+(?:if\s+exists\s+)?(?P<dropped>{_LIST})",
    re.IGNORECASE,
)
_OPTION = re.compile(r"\s*(?:grant|admin)\s+option\s+for\b", re.IGNORECASE)
"""What may still be read by whoever may no longer pass it on."""

_USUAL = "public."
"""Where a name without a schema stands, as far as is known."""

_COLUMNS = re.compile(r"\b(?:select|all(?:\s+privileges)?)\s*\(([^)]*)\)", re.IGNORECASE)
_WHOLE = re.compile(r"\b(?:select|all(?:\s+privileges)?)\b(?!\s*\()", re.IGNORECASE)

_Taken = dict[tuple[str, str], set[str]]
"""By table and role, the columns that were taken back since they were given last."""


def taken_back(history: Iterable[str]) -> _Taken:
    """Return what the target's own SQL takes back of single columns, and does not give again."""
    found: _Taken = defaultdict(set)
    for text in history:
        for said in _SAYS.finditer(unsaid(plain(text))):
            if said["dropped"]:
                gone = _spellings(said["dropped"])
                _forget(found, [place for place in found if place[0] in gone])
            elif said["all"]:
                _of_schemas(found, said)
            elif not _OPTION.match(said["what"]):
                _of_tables(found, said)
    return found


def _of_tables(found: _Taken, said: re.Match[str]) -> None:
    columns = {name for listed in _COLUMNS.findall(said["what"]) for name in _named(listed)}
    revoked = said["verb"].lower() == "revoke"
    tables = _named(said["where"]) if revoked else _spellings(said["where"])
    for place in itertools.product(tables, _named(said["whom"])):
        if revoked:
            found[place] |= columns
        elif _WHOLE.search(said["what"]):
            found.pop(place, None)
        else:
            found[place] -= columns


def _of_schemas(found: _Taken, said: re.Match[str]) -> None:
    schemas, roles = {*_named(said["where"])}, {*_named(said["whom"])}
    if said["verb"].lower() == "grant" and _WHOLE.search(said["what"]):
        _forget(found, [(t, role) for t, role in found if _schema(t) in schemas and role in roles])


def _schema(table: str) -> str:
    return table.rpartition(".")[0] or _USUAL.rstrip(".")


def _forget(found: _Taken, places: Iterable[tuple[str, str]]) -> None:
    for place in places:
        del found[place]


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


def _spellings(listed: str) -> frozenset[str]:
    """Return tables as they are named, and as they may have been named before."""
    named = frozenset(_named(listed))
    usual = {f"{_USUAL}{name}" for name in named if "." not in name}
    return named | usual | {name.removeprefix(_USUAL) for name in named}


def _named(listed: str) -> Iterator[str]:
    for one in listed.split(","):
        yield ".".join(name_of(part) for part in one.strip().split("."))
