"""Asks functions for a number or a text as bob, before and after alice has one row more."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.attacks.tally import tally
from pytest_readiness.gather.synthesis.refusals import insert_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Function, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome, Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger
    from pytest_readiness.gather.synthesis.refusals import Values

_TELLING = frozenset(
    {"smallint", "integer", "bigint", "numeric", "double precision", "text", "character varying"}
)
_HIGH = {"smallint": "32000", "integer": "2000000000", "bigint": "2000000000", "numeric": "2000000000"}
"""Numbers beyond those of all other rows, which a highest one follows."""

_MOST = 4
"""Relations of hers that a function is asked about."""

_CALLS = 12
"""Calls of his, of which one has to be answered."""

_FAILED = ("22", "42", "53", "54", "57")
"""Classes of refusals that tell of the call, its text or its length, and not of who made it."""


def is_asked(function: Function) -> bool:
    """Whether a function with its owner's rights answers with one value that may follow from many rows."""
    return function.definer and function.kind == "function" and function.returns in _TELLING


class Counting:
    """Tries the functions that answer for bob, with what is his."""

    def __init__(self, field: Field, forger: Forger) -> None:
        self.field = field
        self.forger = forger
        self.bob = field.cast.user(BOB)
        self.arguments = field.arguments

    def of(self, function: Function) -> Talk[list[Assault]]:
        """Call it as things are, and for each relation in which she has one row more.

        What answers otherwise each time, as one that draws a number does, tells nothing.
        """
        more = list(islice(self._more(function), _MOST))
        if not more:
            return []
        given = chain(self.arguments.own(function), self.arguments.varied(function))
        calls = [Attempt(self.bob, (call_sql(function, one),)) for one in islice(given, _CALLS)]
        came = yield calls
        if all(outcome.state for outcome in came):
            return [_unanswered(function, calls, came)]
        call, first = next(pair for pair in zip(calls, came, strict=True) if not pair[1].state)
        then = (Attempt(self.bob, call.steps, before=state) for _, state in more)
        *others, last = yield [*then, call]
        harms: tuple[Harm, ...] = ()
        for (name, state), other in zip(more, others, strict=True):
            if not harms and not other.state and first.rows == last.rows != other.rows:
                what = f"`{other.rows[0][:60]}` follows from one more row of hers in {name}"
                script = self.field.script(name, self.bob, call.steps, "select 1", before=state)
                harms = (Harm(BOB.name, "residual", function.signature, ALICE.name, what, script),)
        return [Assault(function.signature, "COUNT", len(more), harms)]

    def _more(self, function: Function) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield relations that a function looks at, with what gives alice one more row there."""
        field = self.field
        for name in sorted(field.texts.function_reach(function) & field.owners.owned.keys()):
            relation = field.catalog.relation(name)
            known = name in {*field.owners.people, *field.owners.roots} or name in field.published
            if relation is None or relation.kind not in TABLE_KINDS or known or self._belongs(name):
                continue
            if model := self.forger.model(relation, ALICE):
                high: Values = {
                    c.name: _HIGH[c.type] for c in relation.columns if self._is_number(relation, c)
                }
                yield name, (QUIETLY, insert_sql(relation, model | high), AS_EVER)

    def _belongs(self, name: str) -> bool:
        return any(membership.relation == name for membership in self.field.owners.memberships)

    def _is_number(self, relation: Relation, column: Column) -> bool:
        """Whether rows are numbered by a column."""
        keyed = {name for columns in relation.unique for name in columns}
        owned = self.field.owners.owned[relation.name]
        kept = {*owned.columns, *(name for key in relation.foreign_keys for name in key.columns)}
        return column.type in _HIGH and column.name in keyed - kept and not column.generated


def _unanswered(function: Function, calls: list[Attempt], came: list[Outcome]) -> Assault:
    """Tell of calls that were all refused: whom a function refuses it tells nothing."""
    states = [outcome.state for outcome in came]
    failed = REFUSED not in states and all(state.startswith(_FAILED) for state in states)
    unclear = f"no call with what is {BOB.name}'s was answered: {came[0].message}" if failed else ""
    return Assault(
        function.signature, "COUNT", len(calls), unclear=unclear, by=tally(zip(calls, came, strict=True))
    )
