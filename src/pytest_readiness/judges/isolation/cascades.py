"""What happens to rows that hang on one that is deleted, near and far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.catalog import CatalogEvidence, ForeignKey, Relation

_DEPTH = 3
"""Keys that follow one another, at most."""

_NAMED = 4
"""Relations that are named beside the first."""

_ACTS = {
    "CASCADE": "rows of others",
    "SET NULL": "references of others",
    "SET DEFAULT": "references of others",
}
"""What a delete takes with it, by what the key says."""


@dataclass(frozen=True, slots=True)
class Hanging:
    """Rows of a relation that refer to others by a key."""

    child: Relation
    key: ForeignKey


@dataclass(frozen=True, slots=True)
class Chain:
    """How rows hang on one that is deleted: each on those before, the first on the row itself."""

    links: tuple[Hanging, ...]

    @property
    def between(self) -> tuple[Hanging, ...]:
        """Rows that go with it, and take the last ones with them."""
        return self.links[:-1]

    @property
    def last(self) -> Hanging:
        """Rows that are looked at."""
        return self.links[-1]

    @property
    def what(self) -> str:
        """What a delete does to them, for people."""
        child, key = self.last.child.name, self.last.key
        way = "".join(f", by {link.child.name}" for link in self.between)
        act = key.on_delete
        return f"{_ACTS[act]} in {child} that refer to his own{way}: the key has ON DELETE {act}"

    @property
    def short(self) -> str:
        """The same, beside others."""
        way = "".join(f"by {link.child.name}, " for link in self.between)
        return f"{self.last.child.name} ({way}ON DELETE {self.last.key.on_delete})"


def told(gone: Sequence[Chain]) -> str:
    """Say what one delete did to all that hung on its row, given one chain at least."""
    first, *others = gone
    named = [chain.short for chain in others[:_NAMED]]
    more = [f"{len(others) - _NAMED} more"] if len(others) > _NAMED else []
    also = f"; and of {', '.join(named + more)}" if named else ""
    return f"{first.what}{also}"


def told_of_keys(followed: Sequence[Chain]) -> str:
    """Say what another key did to what referred to its row, given one chain at least."""
    first, *others = (chain.last for chain in followed)
    act = first.key.on_update
    whose = "keys of others" if act == "CASCADE" else _ACTS[act]
    also = f"; and in {', '.join(link.child.name for link in others[:_NAMED])}" if others else ""
    return f"{whose} in {first.child.name} that refer to his own: the key has ON UPDATE {act}{also}"


def chains(catalog: CatalogEvidence, parent: Relation) -> Iterator[Chain]:
    """Yield what hangs on a relation's rows, the nearest first; no relation comes between by two ways."""
    seen = {parent.name}
    ends: list[tuple[str, tuple[Hanging, ...]]] = [(parent.name, ())]
    for _ in range(_DEPTH):
        further: list[tuple[str, tuple[Hanging, ...]]] = []
        for name, links in ends:
            for child, key in catalog.referring(name):
                if child.name in {name, parent.name} or key.on_delete not in _ACTS:
                    continue
                chain = Chain((*links, Hanging(child, key)))
                yield chain
                if key.on_delete == "CASCADE" and child.name not in seen:
                    seen.add(child.name)
                    further.append((child.name, chain.links))
        ends = further


def alike(relation: Relation) -> Iterator[Chain]:
    """Yield what hangs on rows of the same relation."""
    for key in relation.foreign_keys:
        if key.target == relation.name and key.on_delete in _ACTS:
            yield Chain((Hanging(relation, key),))


def following(catalog: CatalogEvidence, parent: Relation) -> Iterator[Chain]:
    """Yield what follows the keys of a relation's rows when these are changed."""
    for child, key in catalog.referring(parent.name):
        if child.name != parent.name and key.on_update in _ACTS:
            yield Chain((Hanging(child, key),))
