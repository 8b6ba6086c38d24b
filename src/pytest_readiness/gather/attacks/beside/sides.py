"""Takes each step of a state as either side of a row: a buyer and a seller, a sender and a receiver."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, words_of
from pytest_readiness.judges.purpose.steps import unsided
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.judges.purpose.steps import Step

_FEWEST, _MOST = 3, 8
"""States of a row that has steps to take."""


@dataclass(frozen=True, slots=True)
class _Tried:
    column: Column
    step: Step
    person: Person


class Sides:
    """Tries the tables whose rows name two who own them, and whose state clients may change.

    Which steps are whose nobody says; but where some are refused to both, and all others open to either,
    nothing asks who takes them.
    """

    def __init__(self, field: Field) -> None:
        self.field = field

    def all(self) -> Iterator[Assault]:
        """Yield for each such column what either side may do."""
        role = self.field.cast.user(BOB).role
        for relation in self.field.catalog.relations:
            held, mine = relation.privileges.get(role), self.field.population.row(relation.name, BOB.name)
            if relation.kind not in TABLE_KINDS or held is None or mine is None or not mine.where:
                continue
            other = next(self._other_side(relation), None)
            for column in relation.columns if other else ():
                if other and column.name in held.update:
                    yield from self._of(relation, column, mine, other)

    def _other_side(self, relation: Relation) -> Iterator[Values]:
        """Yield what makes alice the other side of bob's row: a second owner, or whose thing it is about."""
        owners, hers = self.field.owners, self.field.population.row(relation.name, ALICE.name)
        owned = owners.owned.get(relation.name)
        if owned is None or hers is None:
            return
        for named in (owned.users, owned.tenants):
            if len(named) > 1:
                yield {name: hers.texts[name] for name in named[1:2]}
        for key in relation.foreign_keys if owned.users else ():
            target = owners.owned.get(key.target)
            if target and target.users and key.target not in {*owners.people, relation.name}:
                yield {name: hers.texts[name] for name in key.columns}

    def _of(self, relation: Relation, column: Column, mine: SyntheticRow, other: Values) -> Iterator[Assault]:
        known = words_of(self.field, relation, column) if column.kind == "e" or relation.checks else ()
        words = [*dict.fromkeys(known)]
        if not _FEWEST <= len(words) <= _MOST or column.name in self.field.key_columns(relation):
            return
        attempts = [
            self._attempt(relation, _Tried(column, step, person), mine, other)
            for step in itertools.permutations(words, 2)
            for person in (ALICE, BOB)
        ]
        may: dict[str, set[Step]] = {ALICE.name: set(), BOB.name: set()}
        for attempt, outcome in self.field.runner.run(attempts):
            if self._is_taken(relation, attempt.about, outcome):
                may[attempt.about.person.name].add(attempt.about.step)
        harms: tuple[Harm, ...] = ()
        if open_ := unsided(may[ALICE.name], may[BOB.name], len(words)):
            shown = next(a for a in attempts if a.about.step == open_[-1] and a.about.person is BOB)
            said = ", ".join(f"{one} to {then}" for one, then in open_)
            script = self.field.script(relation.name, shown.actor, shown.steps, before=shown.before)
            harms = (Harm(BOB.name, "residual", relation.name, ALICE.name, said, script),)
        yield Assault(f"{relation.name}: {column.name} by side", "STEP", len(attempts), harms)

    def _attempt(self, relation: Relation, tried: _Tried, mine: SyntheticRow, other: Values) -> Attempt:
        one, then = tried.step
        values: Values = {**other, tried.column.name: one}
        columns = [column for column in relation.columns if column.name in values]
        sets = ", ".join(f"{column.quoted} = {literal(values[column.name])}" for column in columns)
        shared = f"update {relation.name} set {sets} where {mine.where}"
        step = f"update {relation.name} set {tried.column.quoted} = {literal(then)} where {mine.where}"
        actor = self.field.cast.user(tried.person)
        return Attempt(actor, (step,), (relation.name,), tried, (QUIETLY, shared, AS_EVER))

    @staticmethod
    def _is_taken(relation: Relation, tried: _Tried, outcome: Outcome) -> bool:
        new = outcome.changed[relation.name].new if relation.name in outcome.changed else ()
        reached = any(row.get(tried.column.name) == tried.step[1] for row in new)
        return not outcome.state and bool(outcome.touched) and reached
