"""Reads rows that are not published and hang on one that is: who asks for that alone shows drafts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import strangers_to
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import change, given_states, statements_of
from pytest_readiness.judges.owners.kinds import closed
from pytest_readiness.judges.purpose.drafts import unpublishing
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.target.identities import Identity


@dataclass(frozen=True, slots=True)
class Drafts:
    """Takes back the publication of her rows, and leaves that of what they hang on."""

    field: Field
    read: Reading

    def of(
        self,
        relation: Relation,
        row: SyntheticRow | None,
        reader: tuple[Identity, Person | None],
        given: tuple[State, ...],
    ) -> Talk[tuple[Read, ...]]:
        """Return what somebody reads all the same, though no policy asks for the column that says it."""
        if row is None or not row.where or relation.kind not in TABLE_KINDS:
            return ()
        actor, person = reader
        for state in self._states(relation, person):
            states = (*given, state)
            (outcome,) = yield (Attempt(actor, (read(relation),), before=statements_of(states)),)
            found = self.read(relation, actor, person, outcome, row)
            if not outcome.state and found.foreign:
                return (replace(given_states(found, actor, states), kept=True),)
        return ()

    def _states(self, relation: Relation, person: Person | None) -> Iterator[State]:
        asked = frozenset[str]().union(*(names(policy.using) for policy in relation.policies))
        if any(_says_what_it_is(relation, column) for column in relation.columns if column.name in asked):
            return
        people = strangers_to(person)
        rows = [row for one in people if (row := self.field.population.row(relation.name, one.name))]
        for column in relation.columns:
            if column.name not in asked and not column.generated:
                values = unpublishing(column, closed(relation, column))
                yield from (change(relation.name, column, value, *rows) for value in values)


def _says_what_it_is(relation: Relation, column: Column) -> bool:
    """Whether a column holds a switch, a time or one of few words: who asks for it asks what a row is."""
    return column.type == "boolean" or column.dated or bool(closed(relation, column))
