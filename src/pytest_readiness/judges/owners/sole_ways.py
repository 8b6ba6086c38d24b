"""Lists that functions ask about rows which only functions show: no policy says whose these are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.judges.owners.admitting import Place
    from pytest_readiness.judges.owners.callers import Hints

_KEYED = re.compile(r"(_|(?<=[a-z]))(id|uuid|key|slug|code)$", re.IGNORECASE)
_RANK = re.compile(r"role|rank|plan(?![ent])|tier|level|grade|status|perm|scope|lang|locale", re.IGNORECASE)
_NUMBERS = frozenset({"uuid", "smallint", "integer", "bigint"})


def sole_ways(
    catalog: CatalogEvidence,
    hints: Hints,
    users: Mapping[str, tuple[str, ...]],
    admitted: Iterable[tuple[Place, Place]],
) -> frozenset[tuple[Place, Place]]:
    """Return the columns of lists, each with the like one of rows that only functions show or change.

    Args:
        catalog: The functions.
        hints: Of the same catalog.
        users: By relation, the columns that hold a user's key.
        admitted: Columns of lists by which functions let callers in, with those of what is let at.
    """
    asked = [(left, right) for left, right in admitted if _is_like(catalog, users, left, right)]
    paired = [(left, right) for left, right in hints.pairs if _is_like(catalog, users, left, right)]
    said = [names(f.body) for f in catalog.functions if f.definer and f.callers] if paired else []
    joined = (pair for pair in paired if any(_says(catalog, users, one, pair) for one in said))
    return frozenset((*asked, *joined))


def _is_like(
    catalog: CatalogEvidence, users: Mapping[str, tuple[str, ...]], left: Place, right: Place
) -> bool:
    """Whether a list pairs a user and this once, and what has the same column names nobody, and is closed.

    A list on which users put themselves says what they follow, and not where they belong.
    """
    listing, other = catalog.relation(left[0]), catalog.relation(right[0])
    if listing is None or other is None or left[1] != right[1] or users.get(other.name):
        return False
    one, two = listing.column(left[1]), other.column(right[1])
    pairs = [{user, left[1]} for user in users.get(listing.name, ())]
    alike = one is not None and two is not None and one.type == two.type and _names_place(one)
    keyed = (right[1],) != other.primary_key and not any(
        right[1] in key.columns for key in other.foreign_keys
    )
    paired = any({*key} in pairs for key in listing.all_keys)
    return alike and keyed and paired and _is_closed(other) and not _is_joined_at_will(listing)


def _names_place(column: Column) -> bool:
    """Whether a column may be the key of what users belong to: ranks, plans and languages are none."""
    may = column.type in _NUMBERS or bool(_KEYED.search(column.name))
    return may and not _RANK.search(column.name)


def _is_joined_at_will(listing: Relation) -> bool:
    """Whether clients may put rows into a list."""
    let_in = any(p.permissive and p.command in {"INSERT", "ALL"} for p in listing.policies)
    written = any(held.insert for held in listing.privileges.values())
    return written and (let_in or not listing.rls)


def _is_closed(relation: Relation) -> bool:
    """Whether no client reads a row of a table by itself."""
    shown = any(policy.permissive for policy in relation.shown_by)
    return relation.kind in TABLE_KINDS and (not relation.readable or (relation.rls and not shown))


def _says(
    catalog: CatalogEvidence,
    users: Mapping[str, tuple[str, ...]],
    said: frozenset[str],
    pair: tuple[Place, Place],
) -> bool:
    """Whether a text looks at both, and at whom the list names."""
    tables = {known.table for name, _ in pair if (known := catalog.relation(name))}
    return tables <= said and bool({*users.get(pair[0][0], ())} & said)
