"""Lets functions refuse calls, and reads what they say: a hidden value that a call was compared with."""

from __future__ import annotations

import itertools
import re
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.asked_states import besides, named
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.codes import opens
from pytest_readiness.gather.attacks.inferring.raising import raised
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.attacks.states import FUTURE, PAST, statements_of
from pytest_readiness.judges.isolation.traces import Made, Traces, numbers_in, traces
from pytest_readiness.judges.sql.lexis import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State

SPEAKS = re.compile(
    r"\braise\b(?!\s+(?:notice|warning|info|log|debug)\b)[^;]*?(?:%|\b(?:message|detail|hint)\s*=)",
    re.IGNORECASE,
)
"""An error that says what a variable holds."""

_LITTLE, _MUCH = "1", "32767"
_CALLS, _STATES, _PAIRS = 12, 16, 16


class Spoken:
    """Tries functions that run with their owner's rights and raise errors of their own making."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.arguments = field.arguments
        self.bob = field.cast.user(BOB)

    def of(self, function: Function) -> Iterator[Assault]:
        """Yield that a refusal says what stands in a row of hers alone, which bob does not read."""
        if not self._speaks(function) or not self._reaches_hers(function):
            return
        states = [(), *itertools.islice(self._states(function), _STATES + _PAIRS)]
        calls = dict.fromkeys(
            call_sql(function, given) for given in itertools.islice(self._calls(function), _CALLS)
        )
        attempts = [
            Attempt(self.bob, (call,), about=[(function, one) for one in given], before=statements_of(given))
            for given in states
            for call in calls
        ]
        own, heard = self._states_of(function), False
        for attempt, outcome in self.field.runner.run(attempts):
            heard = heard or outcome.state in own
            for value, relation in self.said(attempt, outcome) if outcome.state else ():
                if not self.is_seen(attempt, value):
                    harm = self.harm(function.signature, attempt, line(outcome, value), relation)
                    yield Assault(function.signature, "REFUSAL", len(attempts), (harm,))
                    return
        if heard:  # a function that never spoke has not been tried
            yield Assault(function.signature, "REFUSAL", len(attempts))

    def _speaks(self, function: Function) -> bool:
        return function.definer and any(map(SPEAKS.search, self._bodies(function)))

    def _states_of(self, function: Function) -> frozenset[str]:
        return frozenset(state for body in self._bodies(function) for state in raised(body))

    def _bodies(self, function: Function) -> tuple[str, ...]:
        called = (one.body for one in self.field.texts.called([function.body]))
        return tuple(map(plain, (function.body, *called)))

    def _reaches_hers(self, function: Function) -> bool:
        reach = self.field.texts.function_reach(function) & self.field.owners.owned.keys()
        return any(self.field.population.row(name, ALICE.name) for name in reach)

    def _calls(self, function: Function) -> Iterator[tuple[str, ...]]:
        """Yield calls with her keys and with his, and with little or much in the place of each number."""
        for person in (ALICE, BOB):
            first = tuple(self.arguments.first(one, function, person) for one in function.arguments)
            yield first
            for place, argument in enumerate(function.arguments):
                for number in (_LITTLE, _MUCH) if family(argument.type) == "number" else ():
                    yield (*first[:place], f"'{number}'::{argument.declared}", *first[place + 1 :])

    def _states(self, function: Function) -> Iterator[tuple[State, ...]]:
        """Yield states of her rows that a body asks for: what is open, or not over yet."""
        found: list[State] = []
        for name in sorted(self.field.texts.function_reach(function)):
            relation = self.field.catalog.relation(name)
            if relation and relation.kind in TABLE_KINDS:
                found += [s for among in (besides, named) for s in among(self.field, relation, function.body)]
        yield from ((state,) for state in found[:_STATES])
        apart = (
            (one, other)
            for one, other in itertools.combinations(found, 2)
            if (one.relation, one.value[0]) != (other.relation, other.value[0])
        )
        yield from itertools.islice(apart, _PAIRS)

    def said(self, attempt: Attempt, outcome: Outcome) -> Iterator[tuple[str | float, Relation]]:
        """Yield the values of hers in a message, with where they stand; what bob said himself is none."""
        own = "\n".join((*attempt.steps, *attempt.before))
        yield from self._moments(attempt, outcome)
        for number in {*numbers_in(outcome.said)} - {*numbers_in(own)}:
            made = self._numbers.by_number.get(number)
            relation = self.field.catalog.relation(made.relation) if made else None
            hers = self.field.population.row(made.relation, ALICE.name) if made else None
            if relation and hers and made and made.stored.items() <= hers.stored.items():
                yield number, relation
        if self.field.recognition.canaries_of_others(own, BOB):
            return  # whoever was given one hidden text of hers may be told another
        for mark in self.field.recognition.canaries_of_others(outcome.said, BOB):
            for (name, holder), row in self.field.population.rows.items():
                if (
                    holder == ALICE.name
                    and mark in row.canaries
                    and (of := self.field.catalog.relation(name))
                ):
                    yield mark, of

    def _moments(self, attempt: Attempt, outcome: Outcome) -> Iterator[tuple[str, Relation]]:
        """Yield the days in a message that a row of hers was given, and nothing else.

        When what lets somebody in is over, whoever was given it may be told.
        """
        for function, state in attempt.about or ():
            _, day = state.value
            relation = self.field.catalog.relation(state.relation)
            if relation is None or relation.name not in self.field.owners.owned or opens(relation, function):
                continue
            if day in {PAST, FUTURE} and day in outcome.said and day not in "".join(attempt.steps):
                yield day, relation

    @cached_property
    def _numbers(self) -> Traces:
        """Numbers that stand in the content of one row alone, of rows that somebody owns."""
        found = []
        for (name, _), row in self.field.population.rows.items():
            relation = self.field.catalog.relation(name)
            keys = self.field.key_columns(relation) | {*relation.primary_key} if relation else frozenset()
            content = {column: value for column, value in row.stored.items() if column not in keys}
            found.append(Made(name, content, frozenset()))
        return traces(found)

    def is_seen(self, attempt: Attempt, value: str | float) -> bool:
        """Whether bob reads a value by himself, as things are then."""
        rows = self.field.seen(attempt.before)
        return any(_says(row, value) for row in rows)

    def harm(self, subject: str, attempt: Attempt, said: str, relation: Relation) -> Harm:
        """Return what was told; where no row of it is for bob, nothing says that it is hidden."""
        kind = "told" if self.bob.role in relation.readable else "residual"
        script = self.field.script(relation.name, self.bob, attempt.steps, "select 1", before=attempt.before)
        what = f"the refusal says “{said}”, which is in her row of {relation.name}"
        return Harm(BOB.name, kind, subject, ALICE.name, what, script)


def _says(text: str, value: str | float) -> bool:
    return value in text if isinstance(value, str) else value in numbers_in(text)


def line(outcome: Outcome, value: str | float) -> str:
    """Return that line of a refusal which says a value."""
    return next(line for line in outcome.said.splitlines() if _says(line, value))
