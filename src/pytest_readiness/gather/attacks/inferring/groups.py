"""Learns a number of alice from functions that sum up a group in which nobody else is."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt, Talk
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.factors import pairs
from pytest_readiness.judges.isolation.traces import Made, Traces, numbers_in, traces

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field


class Groups:
    """Asks for groups by what is in hidden rows."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)

    def of(self, function: Function, given: tuple[str, ...]) -> Talk[list[Assault]]:
        """Ask for a group by what is in her hidden row: the average over one is that one's number."""
        spelt = {text.partition("::")[0].strip("'") for text in given}
        rows = [made for made, hidden in self._hidden_rows if spelt & hidden]
        if not rows or any(pairs(self.field, function, given)):
            return []
        call = call_sql(function, given)
        (came,) = yield [Attempt(self.bob, (call,))]
        told = [n for n in numbers_in("\n".join(came.rows)) if self._numbers.by_number.get(n) in rows]
        harms: tuple[Harm, ...] = ()
        if told and not came.state:
            what = f"`{told[0]:.15g}` is the answer for a group in which nobody else is"
            script = self.field.script(function.name, self.bob, (call,), "select 1")
            harms = (Harm(BOB.name, "told", function.signature, ALICE.name, what, script),)
        return [Assault(function.signature, "GROUP", 1, harms)]

    @cached_property
    def _hidden_rows(self) -> list[tuple[Made, frozenset[str]]]:
        """Rows of hers with content that bob sees nowhere, and that content."""
        known = self.field.population.canaries(BOB.name) | self.field.shown_texts
        rows = (
            (self._made(name, row), frozenset(row.canaries) & {*row.texts.values()} - known)
            for (name, owner), row in self.field.population.rows.items()
            if owner == ALICE.name and name in self.field.owners.owned and name not in self.field.published
        )
        return [(made, texts) for made, texts in rows if texts]

    @cached_property
    def _numbers(self) -> Traces:
        """Amounts that one row alone has."""
        return traces(self._made(name, row) for (name, _), row in self.field.population.rows.items())

    def _made(self, name: str, row: SyntheticRow) -> Made:
        """Return what is in a row apart from its keys."""
        relation = self.field.catalog.relation(name)
        keys = self.field.key_columns(relation) | {*relation.primary_key} if relation else frozenset()
        return Made(name, {k: value for k, value in row.stored.items() if k not in keys}, frozenset())
