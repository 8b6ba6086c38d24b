"""Lets a row of bob's refer to what is hers, and has a function say of it what lies behind the reference.

Who writes a row may be asked whether he may refer to a thing as it is made, and no more as it is changed;
a function with its owner's rights that then asks whose the row is follows it to where no policy looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import Column, Function, Relation
    from pytest_readiness.gather.attacks.field import Field


@dataclass(frozen=True, slots=True)
class _Turn:
    """A row of bob's that refers to one of hers.

    Attributes:
        relation: Of the row.
        target: Of what it refers to.
        column: By which it refers.
        value: What it says there.
        row: What finds it.
        key: By which functions are told of it, where it has one of one column.
    """

    relation: Relation
    target: str
    column: Column
    value: str
    row: str
    key: tuple[Column, str] | None

    @property
    def update(self) -> str:
        """What turns it."""
        change = f"{self.column.quoted} = {literal(self.value)}"
        return f"update {self.relation.name} set {change} where {self.row}"


class TurnedRows:
    """Tries functions that look at a row of the caller's, and at what it refers to."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self.bob = field.cast.user(BOB)
        self.arguments = field.arguments

    def harms(self, function: Function) -> Iterator[Harm]:
        """Yield what a function tells of hers by a row of bob's that refers to it."""
        if not function.definer or self.bob.role not in function.callers:
            return
        bodies = (function.body, *(one.body for one in self.field.texts.called([function.body])))
        named = frozenset().union(*map(self.field.texts.mentioned, bodies))
        for turn in self._turns(named):
            attempts = [
                Attempt(self.bob, (turn.update, call_sql(function, given)), about=turn)
                for given in self._calls(function, turn)
            ]
            for attempt, outcome in self.field.runner.run(attempts):
                told = self.field.told(attempt, outcome, BOB, self.field.shown_texts)
                if told and not outcome.state and self._is_amiss(turn):
                    yield self._told(attempt, told)
                    return

    def _told(self, attempt: Attempt, told: str) -> Harm:
        turn: _Turn = attempt.about
        script = self.field.script(turn.target, self.bob, attempt.steps, "select 1")
        by = f"an update of {turn.relation.name} lets {turn.column.quoted} of the caller's row refer to hers"
        what = f"{told}, which a row of his refers to since he changed it"
        return Harm(BOB.name, "read", turn.target, ALICE.name, what, script, by)

    def _turns(self, named: Collection[str]) -> Iterator[_Turn]:
        """Yield the references of his rows that he may change, to what is looked at as well."""
        for name in sorted(named):
            relation, mine = self.field.catalog.relation(name), self.field.population.row(name, BOB.name)
            held = relation.privileges.get(self.bob.role) if relation else None
            if not (relation and held and mine and mine.where) or relation.kind not in TABLE_KINDS:
                continue
            keys = [(c, text) for c in relation.columns if (text := mine.texts.get(c.name)) is not None]
            own = next(((c, text) for c, text in keys if (c.name,) == relation.primary_key), None)
            for column, target, value in self._references(relation):
                if target in named and column.name in held.update:
                    yield _Turn(relation, target, column, value, mine.where, own)

    def _references(self, relation: Relation) -> Iterator[tuple[Column, str, str]]:
        """Yield columns that refer to another relation alone, and what they say to refer to her row."""
        for key in relation.foreign_keys:
            column, hers = relation.column(key.columns[0]), self.field.population.row(key.target, ALICE.name)
            value = hers.texts.get(key.target_columns[0]) if hers else None
            if column and value is not None and len(key.columns) == 1 and key.target != relation.name:
                yield column, key.target, value

    def _calls(self, function: Function, turn: _Turn) -> Iterator[tuple[str, ...]]:
        """Yield the call that bob makes for himself, and those that name the row."""
        own = [self.arguments.first(argument, function, BOB) for argument in function.arguments]
        yield tuple(own)
        for place, argument in enumerate(function.arguments if turn.key else ()):
            if turn.key and family(argument.type) == family(turn.key[0].type):
                yield (*own[:place], f"{literal(turn.key[1])}::{argument.declared}", *own[place + 1 :])

    def _is_amiss(self, turn: _Turn) -> bool:
        """Whether a row of his has no business there: of a tenant's own, or refused as it is made.

        Between people it is how one comes to another: who books a room is told where it is.
        """
        owned = self.field.owners.owned
        ends = [owned.get(name) for name in (turn.relation.name, turn.target)]
        return all(one and one.tenants and not one.users for one in ends) or self._is_refused(turn)

    def _is_refused(self, turn: _Turn) -> bool:
        """Whether he may make such a row, and not one that refers to hers."""
        model, held = self.forger.model(turn.relation, BOB), turn.relation.privileges[self.bob.role]
        if model is None or not held.insert:
            return False
        rows = (model, model | {turn.column.name: turn.value})
        inserts = (
            insert_sql(turn.relation, {name: text for name, text in row.items() if name in held.insert})
            for row in rows
        )
        attempts = (Attempt(self.bob, (insert,)) for insert in inserts)
        own, hers = (outcome for _, outcome in self.field.runner.run(attempts))
        return not own.state and bool(hers.state)
