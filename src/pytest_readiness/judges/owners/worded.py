"""Rows that say by a text what they belong to, without a key: files below the slug of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS, ForeignKey
from pytest_readiness.evidence.ownership import Ownership
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.judges.owners.callers import Hints


def worded(
    catalog: CatalogEvidence, hints: Hints, owned: Mapping[str, Ownership], left: Iterable[Relation]
) -> dict[str, Ownership]:
    """Return whose rows are by such a text, of relations of which nothing else tells it.

    A policy compares it, or its first part, with what tells owned rows of another relation apart.
    """
    found = {relation.name: next(_ways(catalog, hints, owned, relation), None) for relation in left}
    return {name: way for name, way in found.items() if way}


def _ways(
    catalog: CatalogEvidence, hints: Hints, owned: Mapping[str, Ownership], relation: Relation
) -> Iterator[Ownership]:
    said = {name for policy in relation.shown_by for name in names(policy.using)}
    for column in relation.columns if relation.kind in TABLE_KINDS else ():
        place = (relation.name, column.name)
        others = (other for one, other in hints.pairs if one == place) if column.is_text else ()
        for name, key in sorted(others):
            target = catalog.relation(name)
            if target is None or name not in owned or not {column.name, target.table, key} <= said:
                continue
            named = target.column(key)
            if named and named.is_text and (key,) in {target.primary_key, *target.unique}:
                mark = hints.begun.get(place)
                yield Ownership(
                    why=f"{column.name} says by {key} which of {name} it belongs to, which is owned",
                    via=ForeignKey((column.name,), name, (key,)),
                    paths=((column.name, mark, "text"),) if mark else (),
                )
