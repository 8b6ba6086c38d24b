"""Statements that change a row, the plainest first."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.gather.trail.writer import expressions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import Relation


def changes_of(
    relation: Relation, where: str, kept: Collection[str] = (), *, values: int = 2
) -> Iterator[str]:
    """Yield updates of one column each that is no key, and none of those that are kept.

    Args:
        relation: The table of the row.
        where: The condition that finds it.
        kept: Columns that stay as they are.
        values: How many are tried in each.
    """
    for column in relation.columns:
        if column.writable and column.name not in {*relation.primary_key, *kept}:
            for expression in islice(expressions(column), values):
                yield f"update {relation.name} set {column.quoted} = {expression} where {where}"
