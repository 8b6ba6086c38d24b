"""Rows that a row stands on though no key says so: triggers look them up, or it repeats what is theirs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.references import writable
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.judges.sql.lookups import looked_at, looked_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.gather.synthesis.row import Row


@dataclass(frozen=True)
class Beside:
    """Finds such rows, and makes them where there are none.

    Attributes:
        withheld: Relations in which nobody gets a row because another one needs it.
        repeated: By relation and column, the relation and column that it repeats, where no key says so.
        relied: By relation, those that its rows stand on.
        make: Returns a person's row in a relation, and makes it where there is none.
    """

    catalog: CatalogEvidence
    owners: Owners
    withheld: frozenset[str]
    repeated: Mapping[str, Mapping[str, tuple[str, str]]]
    relied: dict[str, tuple[str, ...]]
    make: Callable[[Relation, Person], Row]

    def repeating(self, relation: Relation) -> Mapping[str, tuple[str, str]]:
        """Return the columns that repeat what tells rows of another relation apart, though no key says so."""
        return self.repeated.get(relation.name, {})

    def looked_up(self, relation: Relation, person: Person, keys: Values) -> tuple[Values, dict[str, None]]:
        """Return columns that name rows of the same person, and all relations that triggers look at for it.

        Args:
            relation: Of the row.
            person: Whose it is.
            keys: Columns of which keys say what they name.
        """
        found: Values = {}
        relied: dict[str, None] = {}
        for column, other, name in looked_up(self.catalog, relation):
            row = None if column in found or not writable(relation, column) else self._helped(other, person)
            if column not in keys and row and row.texts[name] is not None:
                found[column] = row.texts[name]
                relied[other] = None
        beside = looked_at(self.catalog, relation)
        return found, relied | dict.fromkeys(name for name in beside if self._helped(name, person))

    def repeats(self, relation: Relation, person: Person) -> Values:
        """Return what a row of alice's or bob's repeats of others of hers or his: there the two may meet."""
        found: Values = {}
        for column, (other, name) in self.repeating(relation).items() if person in {ALICE, BOB} else ():
            row = self._helped(other, person)
            if row and row.texts[name] is not None:
                found[column] = row.texts[name]
                self.rely(relation, other)
        return found

    def _helped(self, name: str, person: Person) -> Row | None:
        """Return the person's row in a relation that a trigger looks at; None where it has none."""
        relation = self.catalog.relation(name)
        if relation is None or name in self.withheld or name not in self.owners.owned:
            return None
        with suppress(CannotFillError):
            return self.make(relation, person)
        return None

    def rely(self, relation: Relation, *others: str) -> None:
        """Note that rows of a relation stand on rows of others."""
        known = self.relied.get(relation.name, ())
        self.relied[relation.name] = tuple(dict.fromkeys((*known, *others)))
