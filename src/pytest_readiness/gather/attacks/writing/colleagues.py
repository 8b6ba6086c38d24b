"""Writes as a member of alice's tenant to rows that name alice beside it, and that are for her alone to read.

Where colleagues read each other's rows, nothing tells whether they may change them; nobody means to let them
change what they may not see.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, CAROL, RED
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.field import telling
from pytest_readiness.gather.attacks.looks import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.changes import Changes
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.isolation.labels import Row

_NAME = "carol, a colleague who may not read it,"
_DOES = {"UPDATE": "altered", "DELETE": "destroyed"}


class Colleagues:
    """Tries the tables whose rows name a user and a tenant."""

    def __init__(self, field: Field, changes: Changes) -> None:
        self.field = field
        self.changes = changes
        self.carol, self.alice = field.cast.user(CAROL, _NAME), field.cast.user(ALICE)

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what carol did to rows of alice's that she sees nowhere."""
        tries = [
            Attempt(self.carol, (sql,), (relation.name,), (relation, verb))
            for relation in relations
            if (held := relation.privileges.get(self.carol.role)) and self._is_hers_in_a_tenant(relation)
            for verb, sql in self.changes.bare(relation, held)
        ]
        for attempt, outcome in self.field.runner.run(tries):
            relation, verb = attempt.about
            row = self._reached(relation, outcome)
            if row and not self._may_read(relation):
                script = self.field.script(relation.name, self.carol, attempt.steps)
                harm = Harm(_NAME, _DOES[verb], relation.name, ALICE.name, telling(row), script)
                yield Assault(relation.name, verb, 1, (harm,))

    def _is_hers_in_a_tenant(self, relation: Relation) -> bool:
        row = self.field.population.row(relation.name, ALICE.name)
        apart = self.field.owners.identifying
        if row is None or relation.kind not in TABLE_KINDS or relation.name in apart:
            return False
        people = self.field.labels.people(relation.name, row.stored)
        return people == {ALICE.name} and RED.name in self._named(relation, row.stored)

    def _named(self, relation: Relation, row: Row) -> frozenset[str]:
        """Return whom a row names, itself or by what it refers to."""
        labels = self.field.labels
        return labels.of(relation.name, row) | labels.above(relation.name, row)

    def _reached(self, relation: Relation, outcome: Outcome) -> Row:
        """Return the row of alice's that was reached; none if those of another tenant were too."""
        change = None if outcome.state else outcome.changed.get(relation.name)
        gone = change.gone if change else ()
        named = [(row, self._named(relation, row)) for row in gone]
        if any(BOB.name in names for _, names in named):
            return {}  # it is open to everybody, or she stands above all tenants
        return next((row for row, names in named if {ALICE.name, RED.name} <= names), {})

    def _may_read(self, relation: Relation) -> bool:
        """Whether carol reads alice's row somewhere, or alice does not read it herself."""
        own = self.field.runner.one(Attempt(self.alice, (read(relation),)))
        if not any(self._is_alices(relation, text) for text in own.rows):
            return True
        row = self.field.population.row(relation.name, ALICE.name)
        marks = row.canaries if row else ()
        names = {relation.name, *self.field.texts.depending.get(relation.name, ())}
        shown = [one for one in map(self.field.catalog.relation, sorted(names)) if one]
        looks = [Attempt(self.carol, (read(one),)) for one in shown if self.carol.role in one.readable]
        seen = [text for _, outcome in self.field.runner.run(looks) for text in outcome.rows]
        return any(self._is_alices(relation, text) or any(mark in text for mark in marks) for text in seen)

    def _is_alices(self, relation: Relation, text: str) -> bool:
        row = self.field.population.row(relation.name, ALICE.name)
        return row is not None and json.loads(text).items() <= row.stored.items()
