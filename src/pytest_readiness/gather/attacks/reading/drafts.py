"""Reads rows that are not published and hang on one that is: who asks for that alone shows drafts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, CAROL, DANA, NEWCOMER
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import change, given_states, statements_of, words_of
from pytest_readiness.judges.purpose.drafts import unpublishing
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Relation
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
        for state in self._states(relation):
            states = (*given, state)
            (outcome,) = yield (Attempt(actor, (read(relation),), before=statements_of(states)),)
            found = self.read(relation, actor, person, outcome, row)
            if not outcome.state and found.foreign:
                return (replace(given_states(found, actor, states), kept=True),)
        return ()

    def _states(self, relation: Relation) -> Iterator[State]:
        asked = frozenset[str]().union(*(names(policy.using) for policy in relation.policies))
        people = (ALICE, CAROL, DANA, NEWCOMER)
        rows = [row for one in people if (row := self.field.population.row(relation.name, one.name))]
        for column in relation.columns:
            if column.name not in asked and not column.generated:
                known = words_of(self.field, relation, column)
                yield from (change(relation.name, column, v, *rows) for v in unpublishing(column, known))
