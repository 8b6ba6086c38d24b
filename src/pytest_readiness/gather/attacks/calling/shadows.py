"""Puts tables of the session before those that functions with their owner's rights look for."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import UNCOUNTED, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.climbing.actions import Actions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.climbing.action import Action
    from pytest_readiness.gather.attacks.field import Field

_TABLES, _CALLS = 12, 8
_ANEW = f"{UNCOUNTED}discard plans"
"""A plan that is kept for the connection knows nothing of a table that is nearer by now."""


class Shadows:
    """Tries what only those can who log in as roles of their own, and run the SQL that they like."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)
        self.actions = Actions(field)

    def harms(self, function: Function) -> Iterator[Harm]:
        """Yield what a call does to rows of others, or tells of them, once a table of bob's is nearer."""
        if not function.definer or not self.field.target.logins:
            return
        watch = tuple(sorted(self.field.texts.function_reach(function)))
        calls = [*itertools.islice(self.field.arguments.calls(function, _CALLS), _CALLS)]
        made = {action.steps: action for action in self.actions.shadowing(function)}
        attempts = [
            Attempt(self.bob, (_ANEW, *action.steps, call_sql(function, given)), watch, action)
            for action in [*made.values()][:_TABLES]
            for given in calls
        ]
        for attempt, outcome in self.field.runner.run(attempts):
            yield from (self._let_in(function, attempt.about, harm) for harm in self._done(attempt, outcome))

    def _done(self, attempt: Attempt, outcome: Outcome) -> Iterator[Harm]:
        yield from self.field.harms(attempt, outcome, BOB)
        if told := self.field.told(attempt, outcome, BOB, self.field.shown_texts):
            (name,) = attempt.about.touches
            script = self.field.script(name, self.bob, attempt.steps, "select 1")
            yield Harm(BOB.name, "read", name, ALICE.name, told, script)

    @staticmethod
    def _let_in(function: Function, action: Action, harm: Harm) -> Harm:
        (name,) = action.touches
        by = f"{function.name} takes a temporary table of the caller's for {name}"
        return replace(harm, by=by, mend=f"Put pg_temp last in the search path of {function.signature}.")
