"""Calls functions while rows of alice's are in states that they ask for: overdue, cancelled."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, MALLORY
from pytest_readiness.gather.attacks.asked_states import altogether, besides, named
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.calling.plenty import plenty, with_one_of_hers
from pytest_readiness.gather.attacks.calling.respelt import Respelt
from pytest_readiness.gather.attacks.calling.windows import shows_what_nobody_publishes
from pytest_readiness.gather.attacks.states import statements_of
from pytest_readiness.gather.attacks.switches import shows_to_nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State

    IsWindow = Callable[..., bool]

_CALLS = 3
"""Calls that are made in each state of the rows."""

_PAIRS = 24
"""Pairs of states of one relation that are tried."""


class StatedCalls:
    """Makes the likeliest calls as bob, in one state after another."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.arguments = field.arguments
        self.respelt = Respelt(field)
        self.bob, self.mallory = field.cast.user(BOB), field.cast.user(MALLORY)
        self._read: dict[tuple[str, ...], frozenset[str]] = {}

    def tried(self, function: Function) -> Iterator[tuple[Attempt, Outcome, tuple[State, ...]]]:
        """Yield the calls that came through, and the states that they started from."""
        reach = tuple(sorted(self.field.texts.function_reach(function)))
        watch = tuple(sorted(self.field.texts.changed_by(function)))
        calls = list(self.arguments.calls(function, _CALLS))
        states = {statements_of(one): one for one in self._states(function, reach)}
        tries = [*itertools.product(states, calls)]
        for state, given in self.respelt.calls(function):
            states[state.statements] = (state,)
            tries.append((state.statements, given))
        attempts = [
            Attempt(self.bob, (call_sql(function, given),), watch, given, before=before)
            for before, given in tries
        ]
        if rich := plenty(self.field, function):
            states[statements_of(rich)] = rich
            attempts += [
                Attempt(self.bob, (call_sql(function, given),), watch, given, before=statements_of(rich))
                for given in with_one_of_hers(self.arguments, function)
            ]
        for attempt, outcome in self.field.in_states(attempts):
            yield attempt, outcome, states[attempt.before]

    def _states(self, function: Function, reach: tuple[str, ...]) -> Iterator[tuple[State, ...]]:
        relations = [relation for name in reach if (relation := self.field.catalog.relation(name))]
        tables = [relation for relation in relations if relation.kind in TABLE_KINDS]
        for relation in tables:
            alone = [s for among in (named, besides) for s in among(self.field, relation, function.body)]
            alone[:0] = [hidden] if (hidden := self.field.hidings.get(relation.name)) else []
            yield from ((state,) for state in alone)
            every = altogether((state for state in alone if not state.hides), self.field, function.body)
            yield from (every,) if every and function.definer else ()
            pairs = itertools.combinations(alone if function.definer else (), 2)
            apart = (pair for pair in pairs if pair[0].value[0] != pair[1].value[0])
            yield from itertools.islice(apart, _PAIRS)

    def read(
        self,
        function: Function,
        attempt: Attempt,
        outcome: Outcome,
        states: tuple[State, ...],
        is_window: IsWindow,
    ) -> Iterator[Harm]:
        """Yield what a call told of hers in a state, where the function asks who calls.

        One that answers users of no tenant alike may show rows in that state to everybody, as a shop
        window does, or to whoever was given a key of them; unless it is given none, and a state shows
        nobody anything. What policies let bob read then is his to see.
        """
        told = self.field.told(attempt, outcome, BOB) if function.definer and outcome.rows else ""
        if not told or is_window(attempt, outcome, *states):
            return
        known = self._known(attempt.before)
        told = self.field.told(attempt, outcome, BOB, known)
        if not told:
            return
        unmeant = self._is_unmeant(function, attempt, outcome, states)
        if not unmeant and self._answers_all(attempt, known):
            return
        relation = states[0].relation
        script = self.field.script(relation, self.bob, attempt.steps, "select 1", before=attempt.before)
        what = f"{told}, where {' and '.join(state.said for state in states)}"
        yield Harm(BOB.name, "read", relation, ALICE.name, what, script)

    def _is_unmeant(
        self, function: Function, attempt: Attempt, outcome: Outcome, states: tuple[State, ...]
    ) -> bool:
        """Whether a call that names nothing of hers shows rows in states that show nobody anything."""
        telling = shows_what_nobody_publishes(self.field, function, outcome)
        unmeant = shows_to_nobody(self.field, function.body, states, telling=telling)
        return unmeant and not any(
            key in argument for argument in attempt.about for key in self._keys_of_hers
        )

    @cached_property
    def _keys_of_hers(self) -> frozenset[str]:
        tenants = (key for t in ALICE.tenants for key in (t.uuid, t.slug, str(t.number)))
        return self.field.keys_of(ALICE) | {ALICE.email, "canary-", *tenants}

    def _answers_all(self, attempt: Attempt, known: frozenset[str]) -> bool:
        """Whether a user who belongs nowhere is told of her as well."""
        same = replace(attempt, actor=self.mallory)
        outcome = self.field.runner.one(same)
        return not outcome.state and bool(self.field.told(same, outcome, MALLORY, known))

    def _known(self, before: tuple[str, ...]) -> frozenset[str]:
        """Return the texts of others that bob reads by himself, as things are then."""
        if before not in self._read:
            rows = "\n".join(self.field.seen(before))
            self._read[before] = frozenset(self.field.recognition.canaries_of_others(rows, BOB))
        return self._read[before]
