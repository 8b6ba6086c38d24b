"""States in which alice's row is spelt as a function spells what it is given: in capitals, without dashes.

What comes in through the function stands so in every row. To a row that was made beside it, what bob says is
another text, and an upsert of hers is his own new row.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, State
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.sql.formulas import SPELLING, formulas, words_of_names
from pytest_readiness.judges.sql.lexis import last_name, word
from pytest_readiness.target.identities import SUPERUSER
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Argument, Column, Function, Relation
    from pytest_readiness.gather.attacks.field import Field

_VALUES, _STATES = 2, 8
"""Values of an argument that are spelt so, and states of one function in all."""


class Respelt:
    """Makes bob's own calls with a text of hers in them, each with the state of her row that it meets."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.arguments = field.arguments

    def calls(self, function: Function) -> Iterator[tuple[State, tuple[str, ...]]]:
        """Yield such states and calls of one function."""
        if not function.definer or not SPELLING.search(function.body):
            return
        own = tuple(self.arguments.first(argument, function, BOB) for argument in function.arguments)
        found = (
            (state, (*own[:place], given, *own[place + 1 :]))
            for place, argument in enumerate(function.arguments)
            for given, state in self._states(function, argument)
        )
        yield from itertools.islice(found, _STATES)

    def _states(self, function: Function, argument: Argument) -> Iterator[tuple[str, State]]:
        """Yield what bob says for an argument, and how it stands in her row by then."""
        own = {last_name(one.name).lower() for one in self.field.catalog.functions}
        spelt = [
            formula
            for formula in formulas(function.body, words_of_names(self._names), own, SPELLING)
            if argument.name and formula.names == (word(argument.name),)
        ]
        if not spelt or family(argument.type) != "text":
            return
        for given in self.arguments.of(argument, function, ALICE)[:_VALUES]:
            sql = [formula.filled({word(argument.name): given}) for formula in spelt]
            for value in dict.fromkeys(text for one in sql for text in self._evaluated(one)):
                for relation, column, before in self._columns(function, argument, given):
                    if value not in {"", before}:
                        yield given, self._state(relation, column, before, value)

    @property
    def _names(self) -> list[str]:
        return [column.name for relation in self.field.catalog.relations for column in relation.columns]

    def _evaluated(self, sql: str) -> tuple[str, ...]:
        """Return the text that an expression comes to; none if it comes to nothing."""
        return self.field.runner.one(Attempt(SUPERUSER, (f"{QUERY}select ({sql})::text",))).rows

    def _columns(
        self, function: Function, argument: Argument, given: str
    ) -> Iterator[tuple[Relation, Column, str]]:
        """Yield the columns in which a text stands in her row, of tables that the function reaches."""
        for name in sorted(self.field.texts.function_reach(function)):
            relation, hers = self.field.catalog.relation(name), self.field.population.row(name, ALICE.name)
            if relation is None or hers is None or relation.kind not in TABLE_KINDS:
                continue
            for column in relation.columns:
                text = hers.texts.get(column.name)
                same = text is not None and f"{literal(text)}::{argument.declared}" == given
                if text is not None and same and holds_text(column) and not column.generated:
                    yield relation, column, text

    def _state(self, relation: Relation, column: Column, before: str, value: str) -> State:
        """Return the state in which a text is another one, in rows that refer to it too."""
        places = [(relation.name, column.quoted)] + [
            (child.name, identifier(own))
            for child, key in self.field.catalog.referring(relation.name)
            for own, other in zip(key.columns, key.target_columns, strict=True)
            if other == column.name
        ]
        updates = [
            f"update {name} set {quoted} = {literal(value)} where {quoted} = {literal(before)}"
            for name, quoted in dict.fromkeys(places)
        ]
        said = f"{column.quoted} = {literal(value)} in {relation.name}"
        return State(relation.name, said, (QUIETLY, *updates, AS_EVER), (column.name, value))
