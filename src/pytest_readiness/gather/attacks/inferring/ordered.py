"""Asks for rows in order: where a hidden value decides of it, the place of her row tells the value.

Whoever may change the same value of his own row finds hers by halves.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.calling.windows import window
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.values import alternatives
from pytest_readiness.judges.sql.lexis import names, plain, strings
from pytest_readiness.target.identities import SUPERUSER
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Function, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values

_ORDERED = re.compile(r"\border\s+by\b(.*)", re.IGNORECASE | re.DOTALL)
_CALLS, _COLUMNS = 12, 6
_USUAL = ("1", "300", "30000")
_PAIR = 2
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WORD = re.compile(r"[\w.]{1,40}")


class Ordered:
    """Tries functions that return rows in an order, with their owner's rights."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.arguments = field.arguments
        self.bob = field.cast.user(BOB)

    def of(self, function: Function) -> Iterator[Assault]:
        """Yield that the order, and nothing else, changes with a number of hers that bob does not read."""
        found = _ORDERED.search(plain(function.body))
        for relation, column, mine, hers in self._hidden(function, found[1]) if found else ():
            asked = [call_sql(function, given) for given in itertools.islice(self._calls(function), _CALLS)]
            states = [
                self.state(relation, column, mine, hers, his, value)
                for least, his, most in self.accepted(relation, column, mine, hers)
                for value in (least, most)
            ]
            attempts = [Attempt(self.bob, (call,), before=before) for call in asked for before in states]
            outcomes = list(self.field.runner.run(attempts))
            for (low, one), (_, other) in zip(outcomes[::2], outcomes[1::2], strict=True):
                if not in_another_order(one, other) or self._is_window(function, low, one):
                    continue
                what = f"which {column.quoted} in {relation.name} is the greater, by the order of rows"
                script = self.field.script(relation.name, self.bob, low.steps, "select 1", before=low.before)
                harm = Harm(BOB.name, "residual", function.signature, ALICE.name, what, script)
                yield Assault(function.signature, "ORDER", len(attempts), (harm,))
                return

    def _calls(self, function: Function) -> Iterator[tuple[str, ...]]:
        """Yield calls with her keys, and in the place of each text a word that the body has."""
        first = tuple(self.arguments.first(argument, function, ALICE) for argument in function.arguments)
        yield first
        words = [word for word in dict.fromkeys(strings(function.body)) if _WORD.fullmatch(word)]
        for place, argument in enumerate(function.arguments):
            for word in words if family(argument.type) == "text" else ():
                yield (*first[:place], f"{literal(word)}::{argument.declared}", *first[place + 1 :])

    def accepted(
        self, relation: Relation, column: Column, mine: SyntheticRow, hers: SyntheticRow
    ) -> list[tuple[str, str, str]]:
        """Return a low, a middle and a high number that the table takes: the usual ones, if it does.

        Of two, he has the one or the other: something else decides between equals.
        """
        checks = [check.definition for check in relation.checks if column.name in check.columns]
        named = (value for check in checks for value in alternatives(column, check))
        numbers = dict.fromkeys((*_USUAL, *(n for n in named if n and _NUMBER.fullmatch(n))))
        tried = [
            Attempt(SUPERUSER, (), about=n, before=self.state(relation, column, mine, hers, n, n))
            for n in numbers
        ]
        taken = [attempt.about for attempt, came in self.field.runner.run(tried) if not came.state]
        found = list(_USUAL) if {*_USUAL} <= {*taken} else sorted(taken, key=float)
        least, most = found[:1], found[-1:]
        middle = found if len(found) == _PAIR else found[len(found) // 2 :][:1]
        return [*itertools.product(least, middle, most)] if len(found) >= _PAIR else []

    def _is_window(self, function: Function, attempt: Attempt, outcome: Outcome) -> bool:
        """Whether it lists everybody who wants to be seen, in an order that is for all as well."""

        def lists_as_many(other: Outcome) -> bool:
            return len(other.rows) >= len(outcome.rows)

        return bool(window(self.field, function, attempt, outcome, lists_as_many))

    def _hidden(
        self, function: Function, said: str
    ) -> Iterator[tuple[Relation, Column, SyntheticRow, SyntheticRow]]:
        """Yield numbers by which rows are ordered, where bob does not read her row."""
        ordered = names(said)
        for name in sorted(self.field.texts.function_reach(function)):
            relation = self.field.catalog.relation(name)
            mine, hers = (self.field.population.row(name, who.name) for who in (BOB, ALICE))
            if relation is None or relation.kind not in TABLE_KINDS or not mine or not hers:
                continue
            if not mine.where or not hers.where:
                continue
            kept = self.field.key_columns(relation) | {*relation.primary_key}
            numbers = [
                c
                for c in relation.columns
                if family(c.type) == "number" and c.name in ordered and c.name not in kept and c.writable
            ]
            if numbers and not self._reads(relation, mine, hers):
                yield from ((relation, column, mine, hers) for column in numbers[:_COLUMNS])

    def _reads(self, relation: Relation, mine: SyntheticRow, hers: SyntheticRow) -> bool:
        """Whether bob reads her row where it is beside his."""
        if self.bob.role not in relation.readable:
            return False
        before = self.state(relation, None, mine, hers)
        look = read(relation, hers.where)
        seen = self.field.runner.one(Attempt(self.bob, (look,), before=before))
        # What could not be looked at is not known to be hidden.
        return bool(seen.state or seen.rows)

    def state(
        self,
        relation: Relation,
        column: Column | None,
        mine: SyntheticRow,
        hers: SyntheticRow,
        his_number: str = "",
        her_number: str = "",
    ) -> tuple[str, ...]:
        """Return what puts his row beside hers, below the same parents, and gives both a number."""
        owned = self.field.owners.owned.get(relation.name)
        whose = {*owned.users} if owned else set()
        parents = {name for key in relation.foreign_keys for name in key.columns} - whose
        his: Values = {c.quoted: hers.texts.get(c.name) for c in relation.columns if c.name in parents}
        her: Values = {column.quoted: her_number} if column else {}
        his |= {column.quoted: his_number} if column else {}
        changes = [
            f"update {relation.name} set {_assigned(sets)} where {row.where}"
            for sets, row in ((his, mine), (her, hers))
            if sets
        ]
        return (QUIETLY, *changes, AS_EVER)


def in_another_order(one: Outcome, other: Outcome) -> bool:
    """Whether the same rows came back twice, not in the same order."""
    failed = one.state or other.state
    return not failed and one.rows != other.rows and sorted(one.rows) == sorted(other.rows)


def _assigned(values: Values) -> str:
    return ", ".join(f"{name} = {literal(value)}" for name, value in values.items())
