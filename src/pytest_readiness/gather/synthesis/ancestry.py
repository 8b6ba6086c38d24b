"""What brings a row about: its parents first, for a person who makes it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, ForeignKey, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.row import Row


class Ancestry:
    """The statements of rows and of all that they stand on, each relation once for each of them.

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
        self._relied = relied
        self._made: dict[str, dict[str, Row]] = {}
        for (name, holder), row in made.items():
            self._made.setdefault(name, {})[holder] = row

    def of(self, relation: Relation, person: Person) -> Iterator[str]:
        """Yield those of a person's row, in their order."""
        return self._of(relation, person, set())

    def _of(self, relation: Relation, person: Person, seen: set[str]) -> Iterator[str]:
        seen.add(relation.name)
        for key in relation.foreign_keys:
            target = self._catalog.relation(key.target)
            if target and target.name not in seen:
                yield from self._of(target, person, seen)
                yield from self._of_others(relation, key, person)
            elif target and target is not relation and self._row(relation, person):
                # It may be the second key to the same relation, and name another row of it.
                yield from self._of_others(relation, key, person)
        for name in self._relied.get(relation.name, ()):
            beside = self._catalog.relation(name)
            if beside and name not in seen:
                yield from self._of(beside, person, seen)
        row = self._row(relation, person)
        if row and not row.adopted:
            yield row.sql

    def _row(self, relation: Relation, person: Person) -> Row | None:
        return self._made.get(relation.name, {}).get(person.name)

    def _of_others(self, relation: Relation, key: ForeignKey, person: Person) -> Iterator[str]:
        """Yield what makes rows of somebody else that a person's row refers to, or may when it is made."""
        child = self._row(relation, person)
        for holder, row in self._made.get(key.target, {}).items():
            if holder == person.name or row.adopted:
                continue
            pairs = zip(key.columns, key.target_columns, strict=True)
            if child is None or all(child.texts.get(o) == row.texts.get(t) for o, t in pairs):
                yield row.sql
