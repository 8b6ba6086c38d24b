"""The ground that attacks are made on: a populated copy, who acts on it, and whose each row is."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import PEOPLE
from pytest_readiness.gather.attacks.attempts import UNCOUNTED, Attempt, Outcome, Runner
from pytest_readiness.gather.attacks.cast import Cast
from pytest_readiness.gather.synthesis.values import is_text
from pytest_readiness.judges.labels import Labels
from pytest_readiness.judges.texts import Texts
from pytest_readiness.target.identities import Identity

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import Population
    from pytest_readiness.judges.labels import Row
    from pytest_readiness.target.target import Target

SUPERUSER = Identity("the superuser", "", "", ("select 1",))


class Field:
    """What every attack stands on.

    Attributes:
        runner: Connected to a copy of its own of the populated target.
    """

    def __init__(
        self, target: Target, catalog: CatalogEvidence, owners: Owners, population: Population
    ) -> None:
        self.target = target
        self.catalog = catalog
        self.owners = owners
        self.population = population
        self.texts = Texts(catalog)
        self.cast = Cast(target, catalog, self.texts, owners)
        self.labels = Labels(catalog, owners, population.held)

    @cached_property
    def runner(self) -> Runner:
        """Connect to a fresh copy of the populated target."""
        return Runner(self.target.database(like=self.population.database))

    def foreign(self, relation: Relation, row: Row, reader: Person | None) -> frozenset[str]:
        """Return whose a row is that somebody else's reader got; views are judged by what they show."""
        if relation.kind in TABLE_KINDS and relation.name in self.owners.owned:
            return self.labels.foreign(relation.name, self._whole(relation, row), reader)
        return self._marked(row, reader)

    def own(self, relation: Relation, row: Row, person: Person) -> bool:
        """Whether a row belongs to a person, or shows something of it."""
        if relation.kind in TABLE_KINDS and relation.name in self.owners.owned:
            names = {person.name} | ({person.tenant.name} if person.tenant else set())
            return bool(self.labels.of(relation.name, self._whole(relation, row)) & names)
        text = json.dumps(row)
        marks = {person.uuid, str(person.number), *self.population.canaries(person.name)}
        return any(mark in text for mark in marks)

    def _whole(self, relation: Relation, row: Row) -> Row:
        """Return the whole row of which a reader got some columns; the row itself if it is unknown."""
        owned = self.owners.owned[relation.name]
        needed = {*owned.columns, *(owned.via.columns if owned.via else ())}
        if needed <= row.keys():
            return row
        held = self.population.held.get(relation.name, ())
        alike = [one for one in held if all(one.get(name) == value for name, value in row.items())]
        return alike[0] if alike else row

    def _marked(self, row: Row, reader: Person | None) -> frozenset[str]:
        """Tell by canaries whose values a row shows, unless it shows the reader's own as well."""
        text = json.dumps(row)
        return frozenset(
            name for name, marks in self._canaries.items() if not _same(name, reader) and _any(marks, text)
        )

    @cached_property
    def _canaries(self) -> dict[str, frozenset[str]]:
        return {person.name: self.population.canaries(person.name) for person in PEOPLE}

    def canaries_of_others(self, reader: Person | None) -> frozenset[str]:
        """Return the recognisable texts of all who are not of the reader's tenant."""
        found: set[str] = set()
        for name, marks in self._canaries.items():
            if not _same(name, reader):
                found |= marks
        return frozenset(found)

    def key_columns(self, relation: Relation) -> frozenset[str]:
        """Return the columns that hold owners, references and keys that the server draws."""
        owned = self.owners.owned.get(relation.name)
        keys = set(owned.columns) if owned else set()
        keys |= {name for key in relation.foreign_keys for name in key.columns}
        keys |= {c.name for c in relation.columns if c.name in relation.primary_key and not is_text(c)}
        return frozenset(keys | {c.name for c in relation.columns if c.type == "uuid"})

    def as_superuser(self, change: str, actor: Identity, *steps: str) -> Outcome:
        """Change something as superuser, then act as somebody, and undo both."""
        become = f"{UNCOUNTED}{actor.script()}"
        return self.runner.one(Attempt(SUPERUSER, (change, become, *steps)))


def _same(name: str, reader: Person | None) -> bool:
    """Whether somebody is the reader or of the same tenant."""
    if reader is None:
        return False
    other = next(person for person in PEOPLE if person.name == name)
    return name == reader.name or (other.tenant is not None and other.tenant == reader.tenant)


def _any(marks: frozenset[str], text: str) -> bool:
    return any(mark in text for mark in marks)
