"""Ranks that count in all tenants alike: of the platform, of a chain's head office, and no tenant's own."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.conditions import alternatives
from pytest_readiness.judges.sql.lexis import strings, word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.ownership import Membership
    from pytest_readiness.judges.sql.texts import Texts

_OFTEN = 3
"""Tables whose policies ask for such a rank and for no tenant: in one or two it may have been forgotten."""


def everywhere(texts: Texts, membership: Membership, known: Collection[str]) -> frozenset[str]:
    """Return the ranks that policies ask for and for nothing of the row, wherever they do so.

    There are some only where another rank is asked for together with the tenant: else nobody thought of one.

    Args:
        texts: Of all that decides.
        membership: Says which column names the tenant.
        known: All ranks there.
    """
    alone: dict[str, set[str]] = defaultdict(set)
    within: set[str] = set()
    for relation in texts.catalog.relations:
        columns = _naming(relation, membership)
        for asked in _asked(relation) if columns else ():
            ranks = {*strings(asked)} & {*known} or _of_helpers(texts, asked, known)
            if len(ranks) == 1 and any(_compares(asked, name) for name in columns):
                within |= ranks
            elif not any(_compares(asked, column.name) for column in relation.columns):
                for rank in ranks:
                    alone[rank].add(relation.name)
    often = {rank for rank, where in alone.items() if len(where) >= _OFTEN}
    return frozenset(often - within) if within else frozenset()


def _naming(relation: Relation, membership: Membership) -> set[str]:
    """Return the columns that name the tenant of a row."""
    referring = {
        name for key in relation.foreign_keys if key.target == membership.root for name in key.columns
    }
    own = {column.name for column in relation.columns if column.name == membership.tenant}
    return referring | own | ({*relation.primary_key} if relation.name == membership.root else set())


def _compares(asked: str, name: str) -> bool:
    """Whether a condition asks for a column's value, and not merely whether there is one."""
    return bool(re.search(rf"(?<!\w){word(name)}(?!\w)(?!\s+is\s+(?:not\s+)?null)", asked, re.IGNORECASE))


def _asked(relation: Relation) -> Iterator[str]:
    for policy in relation.policies:
        for condition in dict.fromkeys((policy.using, policy.check)):
            yield from alternatives(condition) if condition else ()


def _of_helpers(texts: Texts, asked: str, known: Collection[str]) -> set[str]:
    """Return the ranks that the functions ask for which a condition calls."""
    return {said for function in texts.called([asked]) for said in strings(function.body)} & {*known}
