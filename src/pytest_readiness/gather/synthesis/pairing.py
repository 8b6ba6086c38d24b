"""Whom a row names beside its owner, where it may not name the same one twice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB, CAROL, DANA, NEWCOMER
from pytest_readiness.gather.synthesis.references import writable
from pytest_readiness.gather.synthesis.row import CannotFillError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.contents import Contents
    from pytest_readiness.gather.synthesis.references import References
    from pytest_readiness.gather.synthesis.refusals import Refusal, Values

_OTHERS = {
    ALICE: (CAROL, BOB),
    BOB: (NEWCOMER, ALICE),
    CAROL: (ALICE, BOB),
    NEWCOMER: (BOB,),
    DANA: (CAROL, BOB),
}
"""Whom a row names beside its owner, where it has to name two; then one of another tenant."""


@dataclass(frozen=True)
class Pairing:
    """Suggests other values for a row of two people that was refused.

    Attributes:
        contents: Says what rows hold.
        references: Finds what they refer to.
    """

    contents: Contents
    references: References

    def somebody_else(self, relation: Relation, person: Person, refusal: Refusal) -> Iterator[Values]:
        """Name another person, or what is another's, where a row may not name the same one twice.

        Where the two have an order, the other may have to come first.
        """
        check = next((c for c in relation.checks if c.name == refusal.constraint), None)
        if refusal.constraint and check is None:
            return
        pairs = [
            (one, again)
            for first, name in self.contents.named_again(relation)
            if (check is None or name in check.columns)
            and (one := relation.column(first))
            and (again := relation.column(name))
        ]
        for other in _OTHERS.get(person, ()) if pairs else ():
            hers, his = self._named(relation, person), self._named(relation, other)
            yield {again.name: his(again) for _, again in pairs}
            if all(one.writable for one, _ in pairs):
                yield {c.name: who(c) for one, again in pairs for c, who in ((one, his), (again, hers))}

    def _named(self, relation: Relation, person: Person) -> Callable[[Column], str]:
        """Return what columns say that name a person, or what is that person's."""
        try:
            parents = self.references.of(relation, person, frozenset())
        except CannotFillError:
            parents = {}
        return lambda column: parents.get(column.name) or str(person.key(column.type))

    def of_parent(self, relation: Relation, person: Person, refusal: Refusal) -> Iterator[Values]:
        """Name whom the parent names where a row repeats a key of several columns: two who talk."""
        for key in relation.foreign_keys if refusal.sqlstate == "23503" else ():
            if len(key.columns) > 1 and {*key.columns} == {*refusal.taken}:
                with suppress(CannotFillError):
                    parent = self.references.parent(relation, key, person)
                    pairs = zip(key.columns, key.target_columns, strict=True)
                    yield {name: parent[target] for name, target in pairs if writable(relation, name)}
