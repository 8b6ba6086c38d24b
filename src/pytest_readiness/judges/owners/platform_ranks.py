"""Ranks that count in all tenants alike: of the platform, of a chain's head office, and no tenant's own."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pytest_readiness.judges.sql.conditions import alternatives
from pytest_readiness.judges.sql.lexis import strings, word
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.evidence.ownership import Membership
    from pytest_readiness.judges.sql.texts import Texts

_OFTEN = 3
"""Tables whose policies ask for such a rank and for no tenant: in one or two it may have been forgotten."""


class _Condition(NamedTuple):
    """What is enough to a policy by itself.

    Attributes:
        relation: Whose policy it is.
        said: The words that it says.
        below: Those that functions say which it calls.
        within: Whether it asks for the tenant of a row.
        alone: Whether it asks for nothing of the row.
    """

    relation: str
    said: frozenset[str]
    below: frozenset[str]
    within: bool
    alone: bool


def platform_ranks(texts: Texts, membership: Membership, known: Collection[str]) -> frozenset[str]:
    """Return the ranks that policies ask for and for nothing of the row, wherever they do so.

    There are some only where another rank is asked for together with the tenant: else nobody thought of one.

    Args:
        texts: Of all that decides.
        membership: Says which column names the tenant.
        known: All ranks there.
    """
    alone: dict[str, set[str]] = defaultdict(set)
    within: set[str] = set()
    for one in _conditions(texts.catalog, membership):
        ranks = one.said & {*known} or one.below & {*known}
        if len(ranks) == 1 and one.within:
            within |= ranks
        elif one.alone:
            for rank in ranks:
                alone[rank].add(one.relation)
    often = {rank for rank, where in alone.items() if len(where) >= _OFTEN}
    return frozenset(often - within) if within else frozenset()


@lru_cache(maxsize=16)
def _conditions(catalog: CatalogEvidence, membership: Membership) -> tuple[_Condition, ...]:
    """Return the conditions that say any word, or whose functions do, of what has a tenant."""
    found, texts = [], texts_of(catalog)
    for relation in catalog.relations:
        columns = _naming(relation, membership)
        for asked in _asked(relation) if columns else ():
            said, below = frozenset(strings(asked)), _of_helpers(texts, asked)
            if said or below:
                within = any(_compares(asked, name) for name in columns)
                alone = not any(_compares(asked, column.name) for column in relation.columns)
                found.append(_Condition(relation.name, said, below, within, alone))
    return tuple(found)


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


def _of_helpers(texts: Texts, asked: str) -> frozenset[str]:
    """Return the words of the functions that a condition calls."""
    return frozenset(said for function in texts.called([asked]) for said in strings(function.body))
