"""What brings a row about: its parents first, for a person who makes it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, ForeignKey, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.rows import Row


class Ancestry:
    """The statements of one row and of all that it stands on, each relation once.

    Args:
        catalog: Of the target.
        made: The rows that there are, by relation and person.
        relied: By relation, those that its rows stand on though no key says so.
    """

    def __init__(
        self,
        catalog: CatalogEvidence,
        made: Mapping[tuple[str, str], Row],
        relied: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._catalog = catalog
        self._made = made
        self._relied = relied
        self._seen: set[str] = set()

    def of(self, relation: Relation, person: Person) -> Iterator[str]:
        """Yield them, in their order."""
        self._seen.add(relation.name)
        for key in relation.foreign_keys:
            target = self._catalog.relation(key.target)
            if target and target.name not in self._seen:
                yield from self.of(target, person)
                yield from self._of_others(relation, key, person)
        for name in self._relied.get(relation.name, ()):
            beside = self._catalog.relation(name)
            if beside and name not in self._seen:
                yield from self.of(beside, person)
        row = self._made.get((relation.name, person.name))
        if row and not row.adopted:
            yield row.sql

    def _of_others(self, relation: Relation, key: ForeignKey, person: Person) -> Iterator[str]:
        """Yield what makes rows of somebody else that a person's row refers to, or may when it is made."""
        child = self._made.get((relation.name, person.name))
        for (name, holder), row in self._made.items():
            if name != key.target or holder == person.name or row.adopted:
                continue
            pairs = zip(key.columns, key.target_columns, strict=True)
            if child is None or all(child.texts.get(o) == row.texts.get(t) for o, t in pairs):
                yield row.sql
