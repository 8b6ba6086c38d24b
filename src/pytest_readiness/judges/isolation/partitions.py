"""Partitions by the thousand: those that are guarded alike are told apart by nothing but their bounds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from pytest_readiness.evidence.catalog import Relation

_EACH = 8
"""Partitions guarded alike that are looked at; a table of few is looked at whole."""


def apart(relations: Iterable[Relation]) -> tuple[tuple[Relation, ...], Mapping[str, int]]:
    """Return the relations without most of the partitions that are like others of the same table.

    Also returns how many were left out, by the table that they are parts of.
    """
    every = tuple(relations)
    parents = {relation.name: relation.parent for relation in every}
    seen: Counter[Hashable] = Counter()
    left: Counter[str] = Counter()
    kept = []
    for relation in every:
        whole = _whole(relation, parents)
        guard = (whole, _guard(relation))
        seen[guard] += 1
        if whole and relation.bounds and relation.kind == "table" and seen[guard] > _EACH:
            left[whole] += 1
        else:
            kept.append(relation)
    return tuple(kept), left


def _whole(relation: Relation, parents: Mapping[str, str]) -> str:
    """Return the table that a partition is part of, however deep; empty for any other relation."""
    whole = relation.parent
    while parents.get(whole):
        whole = parents[whole]
    return whole


def _guard(relation: Relation) -> Hashable:
    """Return all that decides what others may do with a partition's rows."""
    return (
        relation.owner,
        relation.rls,
        relation.forced,
        relation.policies,
        frozenset(relation.privileges.items()),
        relation.triggers,
        relation.rules,
        tuple((key.columns, key.target) for key in relation.foreign_keys),
        tuple((column.name, column.type, column.default) for column in relation.columns),
    )
