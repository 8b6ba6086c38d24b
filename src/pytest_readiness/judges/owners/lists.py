"""Rows that say by a list whom they belong to: who may read them, the teams that work on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.ownership import Ownership, Who
from pytest_readiness.judges.sql.lexis import last_name, names, plain, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.ownership import Membership
    from pytest_readiness.judges.owners.callers import Hints
    from pytest_readiness.judges.sql.texts import Texts

_KEYS = frozenset({"uuid[]", "integer[]", "bigint[]", "text[]", "character varying[]"})
_OF_TENANTS = frozenset({"uuid[]", "integer[]", "bigint[]"})
"""Lists that hold a tenant's key whatever it is: as a text it may be spelt in several ways."""

_CALLER = re.compile(r"auth\.uid\(\)", re.IGNORECASE)
_ASKING = re.compile(r"auth\.(?:uid|jwt|email)\(\)|current_setting\(", re.IGNORECASE)
_NEAR = 240
"""Characters beside an operator that say what a list is compared with."""


def listed(
    texts: Texts,
    hints: Hints,
    memberships: Iterable[Membership],
    left: Iterable[Relation],
) -> dict[str, Ownership]:
    """Return whose rows are by a list in them, of relations of which nothing else tells it."""
    known = tuple(memberships)
    found: dict[str, Ownership] = {}
    for relation in left:
        whom = {
            column.name: who
            for column in relation.columns
            if column.type in _KEYS and (who := _whom(texts, hints, known, relation, column))
        }
        if whom:
            found[relation.name] = _owned(whom)
    return found


def asks_for_lists(texts: Texts, relation: Relation) -> bool:
    """Whether a policy compares a list of keys with something that the caller has, whatever that is."""
    lists = [column.name for column in relation.columns if column.type in _KEYS]
    return any(
        _ASKING.search(plain(text))
        for policy in relation.policies
        for name in lists
        for said in _beside(plain(f"{policy.using} {policy.check}"), name)
        for text in (said, *(function.body for function in texts.called([said])))
    )


def _owned(whom: Mapping[str, Who]) -> Ownership:
    users = tuple(name for name, who in whom.items() if who is Who.USER)
    tenants = tuple(name for name, who in whom.items() if who is Who.TENANT)
    return Ownership(users, tenants, f"{next(iter(whom))} lists whose it is")


def _whom(
    texts: Texts,
    hints: Hints,
    memberships: tuple[Membership, ...],
    relation: Relation,
    column: Column,
) -> Who | None:
    """Tell whom a list names: users where it is compared with the caller, tenants where with all of his."""
    if (who := hints.callers.get((relation.name, column.name))) is Who.USER:
        return who
    for policy in relation.policies:
        for said in _beside(plain(f"{policy.using} {policy.check}"), column.name):
            bodies = [said, *(function.body for function in texts.called([said]))]
            if any(_selects(body, one) for body in bodies for one in memberships):
                return Who.TENANT if column.type in _OF_TENANTS else None
            if _CALLER.search(said):
                return Who.USER
    return None


def _beside(text: str, column: str) -> Iterator[str]:
    """Yield what a list is compared with by an operator of lists, on either side of it."""
    name = rf"(?<![\w]){re.escape(word(column))}(?!\w)\)*"
    for found in re.finditer(
        rf"{name}\s*(?:&&|@>|<@)\s*(?P<other>.{{1,{_NEAR}}})", text, re.DOTALL | re.IGNORECASE
    ):
        yield found["other"]
    before = rf"(?P<other>.{{1,{_NEAR}}}?)(?:&&|@>|<@|=\s*any)\s*\(*(?:\w+\.)?{name}"
    for found in re.finditer(before, text, re.DOTALL | re.IGNORECASE):
        yield found["other"]


def _selects(body: str, membership: Membership) -> bool:
    """Whether a text reads the tenants of a table of memberships, as rows or as a list."""
    said = plain(body)
    tenant = rf"(?:distinct\s+)?(?:\w+\.)?{re.escape(word(membership.tenant))}(?!\w)"
    read = re.search(rf"(?:\bselect\s+|\barray_agg\s*\(\s*){tenant}", said, re.IGNORECASE)
    return last_name(membership.relation) in names(said) and bool(read)
