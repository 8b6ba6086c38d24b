"""Calls that move an amount between bob's row and one of hers, with a negative one, and among neighbours."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.attacks.states import change, statements_of
from pytest_readiness.judges.isolation.growth import numbers_in
from pytest_readiness.judges.purpose.payments import taken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.judges.isolation.labels import Row


_AMOUNTS = ("-1", "1")
_CALLS = 24


class Takings:
    """Tries the functions that take an amount and something else.

    What comes about between people of one district is seen nowhere else: bob is in another one.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.arguments = field.arguments
        self.bob = field.cast.user(BOB)

    def harms(self, function: Function) -> Iterator[Harm]:
        """Yield what went from a row of hers to one of bob's."""
        calls = dict.fromkeys(itertools.islice(self._calls(function), _CALLS))
        reach = tuple(sorted(self.field.texts.function_reach(function)))
        watch = tuple(sorted(self.field.texts.changed_by(function)))
        states = [(), *self._neighbours(reach)] if calls else []
        attempts = [
            Attempt(self.bob, (call_sql(function, given),), watch, given, before=statements_of(state))
            for state in states
            for given in calls
        ]
        for attempt, outcome in self.field.in_states(attempts):
            if harm := self._taken(attempt, outcome):
                yield harm
                return

    def _calls(self, function: Function) -> Iterator[tuple[str, ...]]:
        """Yield bob's own call with one thing of hers in it, and an amount."""
        own, hers = (
            tuple(self.arguments.first(argument, function, person) for argument in function.arguments)
            for person in (BOB, ALICE)
        )
        places = range(len(function.arguments))
        counted = [place for place in places if family(function.arguments[place].type) == "number"]
        for number, other in itertools.product(counted, places):
            if other != number and own[other] != hers[other]:
                for amount in _AMOUNTS:
                    given = {number: f"'{amount}'::{function.arguments[number].declared}", other: hers[other]}
                    yield tuple(given.get(place, own[place]) for place in places)

    def _neighbours(self, reach: tuple[str, ...]) -> Iterator[tuple[State, ...]]:
        """Yield the state in which bob's rows hang on the same as hers do, where that is nobody's."""
        owned = self.field.owners.owned
        found: list[State] = []
        for relation in (one for name in reach if (one := self.field.catalog.relation(name))):
            mine, hers = (self.field.population.row(relation.name, one.name) for one in (BOB, ALICE))
            if relation.kind not in TABLE_KINDS or mine is None or hers is None or not mine.where:
                continue
            keys = (key for key in relation.foreign_keys if key.target not in owned and len(key.columns) == 1)
            for column in (column for key in keys if (column := relation.column(key.columns[0]))):
                value = hers.texts.get(column.name)
                taken_by = {*(owned[relation.name].columns if relation.name in owned else ())}
                if column.name not in taken_by and value not in {None, mine.texts.get(column.name)}:
                    found.append(change(relation.name, column, value, mine))
        if found:
            yield tuple(found)

    def _taken(self, attempt: Attempt, outcome: Outcome) -> Harm | None:
        def own(name: str, row: Row) -> bool:
            return self.field.labels.only(name, row, BOB)

        def foreign(name: str, row: Row) -> bool:
            return bool(self.field.labels.foreign(name, row, BOB))

        changed = {name: (done.gone, done.new) for name, done in outcome.changed.items()}
        found = next(taken(self.field.catalog, changed, own, foreign), None)
        if found is None:
            return None
        name, column, before, after = found
        script = self.field.script(name, self.bob, attempt.steps, before=attempt.before)
        was, now = (numbers_in(one)[column] for one in (before, after))
        what = f"{column} from `{was}` to `{now}`, and what is his is as much more"
        return Harm(BOB.name, "altered", name, ALICE.name, what, script)
