"""Calls functions that answer what is asked again with what they answered before: bob says what alice said.

A key by which a request is known again is chosen by whoever makes it, an order number as often as not. Where
nothing but this key finds the answer that is kept, it is given to the next who chooses the same.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.codes import CAPABILITY
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.synthesis.values import canary
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field


_MAKES = re.compile(r"\b(insert|merge)\b", re.IGNORECASE)
_TEXTS = 4
"""Arguments that are given new texts."""

_SILENT = frozenset({"boolean", "void", "trigger"})


class Replayed:
    """Tries functions that make rows with their owner's rights, and say something."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.arguments = field.arguments
        self.alice, self.bob = field.cast.user(ALICE), field.cast.user(BOB)

    def harms(self, function: Function) -> Iterator[Harm]:
        """Yield the first text of her call that comes out of his, where his does nothing of its own."""
        if not function.definer or not _MAKES.search(function.body) or function.returns in _SILENT:
            return
        keys = [
            place
            for place, argument in enumerate(function.arguments)
            if family(argument.type) == "text" and not argument.type.endswith("[]")
        ]
        hers, mine = (self._said(function, keys[:_TEXTS], person) for person in (ALICE, BOB))
        if not keys or hers is None or mine is None:
            return
        before = self.alice.acting(call_sql(function, hers).removeprefix(QUERY))
        # A token opens what it is for to whoever has it.
        for place in (p for p in keys if not CAPABILITY.search(function.arguments[p].name)):
            if harm := self._harm(function, (*mine[:place], hers[place], *mine[place + 1 :]), before):
                yield harm
                return

    def _said(self, function: Function, places: list[int], person: Person) -> tuple[str, ...] | None:
        """Return a call of somebody's that comes through, with new texts wherever the function takes them."""
        actor = self.field.cast.user(person)
        own = [self.arguments.first(argument, function, person) for argument in function.arguments]
        new = {
            place: canary(self.field.target.seed, function.signature, person.name, place) for place in places
        }
        for chosen in itertools.product((True, False), repeat=len(places)):
            said = list(own)
            for place in itertools.compress(places, chosen):
                said[place] = f"{literal(new[place])}::{function.arguments[place].declared}"
            if not self.field.runner.one(Attempt(actor, (call_sql(function, tuple(said)),))).state:
                return tuple(said)
        return None

    def _harm(self, function: Function, given: tuple[str, ...], before: tuple[str, ...]) -> Harm | None:
        watch = tuple(sorted(self.field.texts.changed_by(function)))
        step = call_sql(function, given)
        tried = Attempt(self.bob, (step,), watch, given, before=before)
        alone = self.field.runner.one(Attempt(self.bob, (step,), watch))
        for _, came in self.field.in_states([tried]) if not alone.state else ():
            told = {*CANARY.findall("\n".join(came.rows))} & {*CANARY.findall("\n".join(before))}
            told -= {*CANARY.findall(step)}
            left_out = sorted(name for name in alone.changed if _made(came, name) < _made(alone, name))
            if told and left_out and (told := told - self._known(before)):
                script = self.field.script(left_out[0], self.bob, (step,), "select 1", before=before)
                what = f"`{min(told)}`, the answer to a call of hers with the same words"
                return Harm(BOB.name, "read", left_out[0], ALICE.name, what, script)
        return None

    def _known(self, before: tuple[str, ...]) -> set[str]:
        """Return the texts that bob reads anyway once she has called, or that he reads of nobody."""
        own = self.field.population.canaries(BOB.name)
        return {*CANARY.findall("\n".join(self.field.seen(before))), *own}


def _made(outcome: Outcome, relation: str) -> int:
    """Return by how many rows there are more."""
    change = outcome.changed.get(relation)
    return len(change.new) - len(change.gone) if change else 0
