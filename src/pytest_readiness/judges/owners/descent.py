"""Children belong to whom their parent belongs, partitions to whom the whole belongs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.ownership import Kinds, Ownership
from pytest_readiness.judges.owners.kinds import kinds

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, ForeignKey, Relation
    from pytest_readiness.judges.owners.callers import Hints


def follow_references(
    catalog: CatalogEvidence, owned: dict[str, Ownership], public: frozenset[str], hints: Hints
) -> None:
    """Add to the relations that belong to somebody those that are told from them, until none is left.

    Of several references the one is followed that code compares with the caller.
    """
    changed = True
    while changed:
        changed = False
        for relation in catalog.relations:
            if relation.name in owned or relation.name in public:
                continue
            found = (
                _inherited(relation, owned)
                or _through(relation, owned, hints.callers)
                or _of_parts(catalog, relation, owned)
                or _by_kind(catalog, hints, relation, owned)
            )
            if found:
                owned[relation.name] = found
                changed = True


def _inherited(relation: Relation, owned: Mapping[str, Ownership]) -> Ownership | None:
    parent = owned.get(relation.parent)
    if parent is None:
        return None
    return replace(parent, why=f"part of {relation.parent}")


def _of_parts(
    catalog: CatalogEvidence, relation: Relation, owned: Mapping[str, Ownership]
) -> Ownership | None:
    """Tell whose rows of a whole are from its parts: what refers to others may stand in them alone."""
    for part in catalog.parts(relation.name):
        found = owned.get(part.name)
        if found and found.columns and all(relation.column(name) for name in found.columns):
            return replace(found, why=f"as in {part.name}, which is part of it")
    return None


def _by_kind(
    catalog: CatalogEvidence, hints: Hints, relation: Relation, owned: Mapping[str, Ownership]
) -> Ownership | None:
    found = kinds(catalog, hints, relation)
    ways = [(word, way) for word, way in found.ways if way.target in owned] if found else []
    if found is None or not ways:
        return None
    names = " or ".join(dict.fromkeys(way.target for _, way in ways))
    why = f"{', '.join(ways[0][1].columns)} refers to {names}, as {found.column} says"
    return Ownership(why=why, kinds=Kinds(found.column, tuple(ways)))


def _through(
    relation: Relation, owned: Mapping[str, Ownership], asked: Container[tuple[str, str]]
) -> Ownership | None:
    required = {column.name for column in relation.columns if column.not_null}

    def preference(key: ForeignKey) -> tuple[bool, bool, str]:
        unasked = all((relation.name, name) not in asked for name in key.columns)
        return (not required.issuperset(key.columns), unasked, key.columns[0])

    paths = sorted(
        (key for key in relation.foreign_keys if key.target in owned and key.target != relation.name),
        key=preference,
    )
    for key in paths:
        why = f"{', '.join(key.columns)} references {key.target}, which is owned"
        return Ownership(why=why, via=key)
    return None
