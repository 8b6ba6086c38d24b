"""Writes rows of one's own that name somebody else's, and looks whether what acts on rows copies hers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS, Privileges
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field


class Copies:
    """Tries the tables that bob may write to and on whose rows something acts."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)
        self.forger = Forger(field)

    def among(self, relations: Iterable[Relation]) -> list[Relation]:
        """Return those that can be tried."""
        return [
            relation
            for relation in relations
            if relation.kind in TABLE_KINDS
            and self._held(relation).insert
            and self.bob.role in relation.readable
            and not self.field.texts.inert(relation.name)
        ]

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield for each what came of it."""
        for relation in relations:
            attempts = [
                Attempt(self.bob, (sql,), (relation.name,))
                for sql in self.forger.inserts(relation, self._held(relation), BOB)
            ]
            harms = [
                harm
                for attempt, outcome in self.field.runner.run(attempts)
                if (harm := self._copied(relation, attempt, outcome))
            ]
            if attempts:
                yield Assault(relation.name, "ESCALATE", len(attempts), tuple(harms[:1]))

    def _held(self, relation: Relation) -> Privileges:
        return relation.privileges.get(self.bob.role, Privileges())

    def _copied(self, relation: Relation, attempt: Attempt, outcome: Outcome) -> Harm | None:
        """Tell of a text of hers that stands in a row of bob's, where he did not write it."""
        change = outcome.changed.get(relation.name)
        if outcome.state or change is None:
            return None
        field, said = self.field, "\n".join(attempt.steps)
        known = {*field.population.canaries(BOB.name), *field.shown_texts}
        readable = relation.readable[self.bob.role]
        for row in change.new:
            text = json.dumps({name: value for name, value in row.items() if name in readable})
            hers = [
                m for m in field.recognition.canaries_of_others(text, BOB) if m not in known and m not in said
            ]
            if hers and field.recognition.own(relation, row, BOB):
                script = field.script(relation.name, self.bob, attempt.steps)
                return Harm(BOB.name, "read", relation.name, ALICE.name, f"`{hers[0]}`", script)
        return None
