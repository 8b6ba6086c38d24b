"""Asks functions for rows in the order of a column that they are told: it shows whose number is the greater.

His own number bob may change until her row is the next: then he knows hers. A column that a function names
itself is one by which somebody meant rows to be put in order; one that it is told may be any.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.asked_states import named
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.inferring.ordered import Ordered, in_another_order
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.attacks.states import change, statements_of
from pytest_readiness.judges.sql.lexis import names, plain, strings
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Function, Relation
    from pytest_readiness.gather.attacks.field import Field

_TOLD = re.compile(r"\border\s+by\b[^;]*?(%(\d+\$)?[Is]|'\s*\|\|)", re.IGNORECASE)
"""An order that is put together as a function runs."""

_WORD = re.compile(r"[A-Za-z_]{1,20}")
_RELATIONS, _COLUMNS, _CALLS, _STATES, _WORDS = 6, 4, 6, 6, 3


class OrderedByName:
    """Tries functions that put rows in the order of what they are told, with their owner's rights."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.ordered = Ordered(field)
        self.bob = field.cast.user(BOB)

    def of(self, function: Function) -> Iterator[Assault]:
        """Yield that the order, and nothing else, changes with a number of hers that bob does not read."""
        if not _TOLD.search(plain(function.body)):
            return
        for relation, column in self._columns(function):
            attempts = list(self._attempts(function, relation, column))
            outcomes = list(self.field.runner.run(attempts))
            pairs = zip(outcomes[::2], outcomes[1::2], strict=True)
            found = [low for (low, one), (_, other) in pairs if in_another_order(one, other)]
            harms = [self._harm(function, relation, column, low) for low in found[:1]]
            hidden = [harm for harm in harms if self._is_hidden(relation, column, found[0])]
            yield Assault(function.signature, "ORDER BY", len(attempts), tuple(hidden))

    def _columns(self, function: Function) -> Iterator[tuple[Relation, Column]]:
        """Yield numbers that a function does not name, of relations in which both people have rows."""
        said = {*strings(function.body)}
        near = [n for n in self.field.texts.nearest(function) if n in self.field.owners.owned]
        tables = (r for n in near if (r := self.field.catalog.relation(n)) and r.kind in TABLE_KINDS)
        for relation in itertools.islice(tables, _RELATIONS):
            kept = self.field.key_columns(relation) | {*relation.primary_key} | said
            numbers = (c for c in relation.columns if family(c.type) == "number" and c.writable)
            yield from ((relation, c) for c in itertools.islice(numbers, _COLUMNS) if c.name not in kept)

    def _attempts(self, function: Function, relation: Relation, column: Column) -> Iterator[Attempt]:
        """Yield calls in pairs: her number is less than his, and more."""
        mine, hers = (self.field.population.row(relation.name, who.name) for who in (BOB, ALICE))
        if not (mine and hers and mine.where and hers.where):
            return
        calls = [
            call_sql(function, given) for given in itertools.islice(self._calls(function, column), _CALLS)
        ]
        between = self.ordered.accepted(relation, column, mine, hers)[:1]
        for state, (least, his, most) in itertools.product(self._states(function, relation), between):
            for call, number in itertools.product(calls, (least, most)):
                numbers = self.ordered.state(relation, column, mine, hers, his, number)
                yield Attempt(self.bob, (call,), before=(*state, *numbers))

    def _states(self, function: Function, relation: Relation) -> list[tuple[str, ...]]:
        """Return what a superuser does first: nothing, or what a function asks of rows, of both people's.

        Switches come first, by which rows are listed, and all of them together.
        """
        rows = [r for who in (ALICE, BOB) if (r := self.field.population.row(relation.name, who.name))]
        said = names(function.body)
        switches = [c for c in relation.columns if c.type == "boolean" and c.writable and c.name in said]
        on = tuple(change(relation.name, column, "true", *rows) for column in switches)
        asked = named(self.field, relation, function.body, (ALICE, BOB))[:_STATES]
        return [(), *map(statements_of, (on, *((state,) for state in (*on[:_STATES], *asked))))]

    def _calls(self, function: Function, column: Column) -> Iterator[tuple[str, ...]]:
        """Yield calls that name a column, with a word of the body for other texts, or without them."""
        first = tuple(self.field.arguments.first(argument, function, BOB) for argument in function.arguments)
        words = [word for word in dict.fromkeys(strings(function.body)) if _WORD.fullmatch(word)][:_WORDS]
        texts = [place for place, a in enumerate(function.arguments) if family(a.type) == "text"]
        for place in texts:
            cast = f"::{function.arguments[place].declared}"
            given = (*first[:place], f"{literal(column.name)}{cast}", *first[place + 1 :])
            if len(function.arguments) - function.defaults <= place + 1:
                yield given[: place + 1]
            for word in words:
                yield tuple(
                    f"{literal(word)}::{function.arguments[at].declared}"
                    if at in texts and at != place
                    else one
                    for at, one in enumerate(given)
                )

    def _is_hidden(self, relation: Relation, column: Column, attempt: Attempt) -> bool:
        """Whether bob does not read a number of hers, as things are then."""
        if column.name not in relation.readable.get(self.bob.role, ()):
            return True
        row = self.field.population.row(relation.name, ALICE.name)
        look = Attempt(self.bob, (read(relation, row.where if row else "false"),), before=attempt.before)
        seen = self.field.runner.one(look)
        return not (seen.state or seen.rows)

    def _harm(self, function: Function, relation: Relation, column: Column, low: Attempt) -> Harm:
        what = f"which {column.quoted} in {relation.name} is the greater, by the order that it is told"
        script = self.field.script(relation.name, self.bob, low.steps, "select 1", before=low.before)
        return Harm(BOB.name, "told", function.signature, ALICE.name, what, script)
