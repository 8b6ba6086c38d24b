"""What follows a row of one's own making: it is accepted, opened or joined by the key that it got."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.climbing.action import WRITES, Action
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.field import Field

_KEY = "readiness: the key of the row before"


class Sequels:
    """Lists what bob may do with a row that he has just made.

    Attributes:
        referring: Tables whose rows decide, by each that they refer to.
        functions: That look at such rows.
    """

    def __init__(self, field: Field, relations: Iterable[Relation], functions: Iterable[Function]) -> None:
        self.field = field
        self.forger = Forger(field)
        self.role = field.cast.user(BOB).role
        self.referring: dict[str, list[Relation]] = defaultdict(list)
        for relation in relations:
            for target in {key.target for key in relation.foreign_keys if relation.kind in TABLE_KINDS}:
                self.referring[target].append(relation)
        self.functions = [f for f in functions if self.role in f.callers and WRITES.search(f.body)]

    def of(self, first: Action) -> Iterator[Action]:
        """Yield the action with what comes after it, by the key of the row that it made."""
        made = self.field.catalog.relation(first.subject)
        if made is None or not first.key:
            return
        for function in self.functions:
            reach = self.field.texts.function_reach(function)
            for step in self._calls(made, function, first.key) if made.name in reach else ():
                yield self._then(first, function.signature, step, reach)
        for relation in self.referring.get(made.name, ()):
            for step in self._inserts(made, relation, first.key):
                yield self._then(first, relation.name, step, self.field.texts.touched_by(relation.name))

    @staticmethod
    def _then(first: Action, subject: str, step: str, touches: frozenset[str]) -> Action:
        return Action(subject, (*first.steps, step), first.touches | touches, first.before)

    def _calls(self, made: Relation, function: Function, key: str) -> Iterator[str]:
        kind = next(c.type for c in made.columns if c.name == made.primary_key[0])
        for own in self.field.arguments.own(function):
            for place, argument in enumerate(function.arguments[: len(own)]):
                if argument.type == kind:
                    yield call_sql(function, (*own[:place], f"{key}::{argument.declared}", *own[place + 1 :]))

    def _inserts(self, made: Relation, relation: Relation, key: str) -> Iterator[str]:
        held, mine = relation.privileges.get(self.role), self.forger.model(relation, BOB)
        if not held or not held.insert or mine is None:
            return
        for reference in relation.foreign_keys:
            if reference.target != made.name or made.primary_key[0] not in reference.target_columns:
                continue
            name = reference.columns[reference.target_columns.index(made.primary_key[0])]
            row = {n: v for n, v in (mine | {name: _KEY}).items() if n in held.insert}
            yield insert_sql(relation, row).replace(literal(_KEY), key)
