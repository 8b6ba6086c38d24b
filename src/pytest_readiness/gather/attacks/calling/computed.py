"""Opens what is hers with tokens that functions make of numbers and the date, as whoever counts does too."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.codes import is_capability
from pytest_readiness.gather.attacks.factors import said
from pytest_readiness.gather.attacks.meanings import compared, family
from pytest_readiness.judges.sql.formulas import formulas, words_of_names
from pytest_readiness.judges.sql.lexis import last_name, plain
from pytest_readiness.target.identities import SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Function, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.isolation.labels import Row
    from pytest_readiness.judges.sql.formulas import Formula
    from pytest_readiness.target.identities import Identity


_CALLS = 6
"""Calls by which alice is to have something made."""

_NEAR = 50
"""How far a stranger counts around the number of a row: the server gives each number once."""

_KINDS = frozenset({"text", "uuid", "number"})
_COUNTED = frozenset({"smallint", "integer", "bigint"})


@dataclass(frozen=True, slots=True)
class _Made:
    """A token of hers, as anybody computes it.

    Attributes:
        maker: The statement by which she has it made.
        formula: How, for people.
        expression: The same with values, and with ``n`` for a number that he counts.
        counted: From where to where.
    """

    maker: str
    formula: str
    expression: str
    counted: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _Left:
    """A row with a token that a call of hers left.

    Attributes:
        by: The call.
    """

    by: str
    relation: Relation
    row: Row
    token: str


class Computed:
    """Lets alice have tokens made, and tells strangers nothing of them but how they are made."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.arguments = field.arguments
        self.alice = field.cast.user(ALICE)
        callers: list[tuple[Identity, Person | None]] = [(one, None) for one in field.cast.nobody()]
        self.callers = [*callers, (field.cast.user(BOB), BOB)]

    def harms(self, function: Function) -> Iterator[Harm]:
        """Yield what a function shows to a stranger for a token that he computed."""
        for place, relation, column in self._opening(function):
            for maker in self._makers(relation):
                for made in self._made(maker, relation, column):
                    if harm := self._opened(function, place, relation, made):
                        yield harm
                        return

    def _opening(self, function: Function) -> Iterator[tuple[int, Relation, Column]]:
        """Yield the places of arguments that are compared with a token, and the column that holds it."""
        if not function.definer or function.kind != "function":
            return
        body = plain(function.body)
        for place, argument in enumerate(function.arguments):
            for name in sorted(self.field.texts.function_reach(function)):
                relation = self.field.catalog.relation(name)
                for column in relation.columns if relation and relation.kind in TABLE_KINDS else ():
                    if not relation or not is_capability(relation, column):
                        continue
                    meant = column.name in compared(body, argument)
                    if meant and family(column.type) == family(argument.type) in _KINDS:
                        yield place, relation, column

    def _makers(self, relation: Relation) -> Iterator[Function]:
        """Yield the functions that alice may call and that make rows of a relation with digests."""
        for function in self.field.catalog.functions:
            if (
                self.alice.role in function.callers
                and function.kind == "function"
                and relation.name in self.field.texts.function_reach(function)
                and any(True for _ in self._formulas(function))
            ):
                yield function

    def _formulas(self, function: Function) -> Iterator[Formula]:
        yield from formulas(function.body, self._called, self._own)

    @cached_property
    def _own(self) -> frozenset[str]:
        return frozenset(last_name(one.name).lower() for one in self.field.catalog.functions)

    @cached_property
    def _called(self) -> frozenset[str]:
        """What anything in the schema is called, in words."""
        catalog = self.field.catalog
        called = [one.name for relation in catalog.relations for one in relation.columns]
        called += [relation.name for relation in catalog.relations]
        called += [one.name for one in catalog.functions]
        called += [argument.name for one in catalog.functions for argument in one.arguments]
        return words_of_names(called)

    def _made(self, maker: Function, relation: Relation, column: Column) -> Iterator[_Made]:
        """Yield how the token in a row that a call of hers left is computed, if it is."""
        for given in self.arguments.calls(maker, _CALLS):
            call = call_sql(maker, given)
            outcome = self.field.runner.one(Attempt(self.alice, (call,), (relation.name,)))
            change = outcome.changed.get(relation.name)
            rows = [row for row in change.new if row.get(column.name)] if change and not outcome.state else []
            known = self._known(maker, given)
            for row, formula in itertools.product(rows, self._formulas(maker)):
                values = {name: known.get(_last(name), "") for name in formula.names if _last(name) in known}
                if all(values.values()):
                    left = _Left(call.removeprefix(QUERY), relation, row, str(row[column.name]))
                    yield from self._bound(left, formula, values)
            if rows:
                return

    def _bound(self, left: _Left, formula: Formula, values: dict[str, str]) -> Iterator[_Made]:
        """Yield the formula with the values that make the token of it; one of them may be of the row."""
        unknown = [name for name in formula.names if name not in values]
        if not unknown and self._makes(formula.filled(values), left.token):
            yield _Made(left.by, formula.sql, formula.filled(values), None)
        for column in left.relation.columns if len(unknown) == 1 else ():
            at = left.row.get(column.name)
            if column.type in _COUNTED and at is not None:
                own = formula.filled(values | {unknown[0]: f"'{at}'::bigint"})
                counted = formula.filled(values | {unknown[0]: "n"})
                if self._makes(own, left.token):
                    yield _Made(left.by, formula.sql, counted, (max(1, at - _NEAR), at + _NEAR))

    def _known(self, maker: Function, given: tuple[str, ...]) -> dict[str, str]:
        """Return by argument what a call was given; nothing for what strangers cannot guess."""
        public = {ALICE.uuid, ALICE.email}
        return {
            argument.name.lower(): value
            if said(value) in public or (argument.type in _COUNTED and said(value) not in self._drawn)
            else ""
            for argument, value in zip(maker.arguments, given, strict=False)
        }

    @cached_property
    def _drawn(self) -> frozenset[str | None]:
        """Numbers of hers that the server draws by chance."""
        return frozenset(
            row.texts.get(column.name)
            for relation in self.field.catalog.relations
            if (row := self.field.population.row(relation.name, ALICE.name))
            for column in relation.columns
            if column.type in _COUNTED and "random" in column.default
        )

    def _makes(self, expression: str, token: str) -> bool:
        """Whether an expression is that token, at another time too."""
        step = f"{QUERY}select ({expression})::text"
        return self.field.runner.one(Attempt(SUPERUSER, (step,))).rows == (token,)

    def _opened(self, function: Function, place: int, relation: Relation, made: _Made) -> Harm | None:
        own = tuple(self.arguments.first(argument, function, BOB) for argument in function.arguments)
        token = f"({made.expression})::{function.arguments[place].declared}"
        call = call_sql(function, (*own[:place], token, *own[place + 1 :]))
        if made.counted:
            first, last = made.counted
            series = f"generate_series({first}::bigint, {last}::bigint) n cross join lateral"
            call = call.replace(" from ", f" from {series} ", 1)
        for caller, person in self.callers:
            # Whom nothing but a setting makes somebody would otherwise be she whose it was.
            forgotten = self.field.cast.unsaid(self.alice) if person is None else ()
            before = (*self.alice.acting(made.maker), *forgotten)
            attempt = Attempt(caller, (call,), before=before)
            told = (
                self.field.told(attempt, self.field.runner.one(attempt), person)
                if caller.role in function.callers
                else ""
            )
            if told and not self._tells_anyway(attempt, person):
                what = f"{told}, by a token that anybody computes: it is {made.formula}"
                script = self.field.script(relation.name, caller, (call,), "select 1", before=before)
                return Harm(caller.name, "read", relation.name, ALICE.name, what, script)
        return None

    def _tells_anyway(self, attempt: Attempt, person: Person | None) -> bool:
        """Whether the same is told while she has nothing made."""
        without = Attempt(attempt.actor, attempt.steps)
        return bool(self.field.told(without, self.field.runner.one(without), person))


def _last(name: str) -> str:
    return name.rpartition(".")[2].lower()
