"""Searches by one argument at a time: one of the ways that a function goes may ask nobody who searches."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.asked_states import named
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.attacks.states import change, statements_of
from pytest_readiness.judges.sql.filters import listed, may_be_left_out
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Argument, Column, Function, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.target.identities import Identity

    Search = tuple[int, str]
    IsWindow = Callable[..., bool]

_WORD = "readiness"
"""What stands in a list of hers that was empty."""

_KINDS = frozenset({"text", "uuid", "number"})
_EACH = 12
"""Values of one argument."""

_STATES = 24
"""States of her rows in which a function is asked."""


class Filters:
    """Tries functions that search by what they are given, and leave out what they are not.

    A function draws its own line: by one argument it shows alice a row of hers, and not bob. If it shows
    him the same row by another argument, it has forgotten to ask there.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.arguments = field.arguments
        self.alice, self.bob = field.cast.user(ALICE), field.cast.user(BOB)

    def harms(self, function: Function, is_window: IsWindow) -> Iterator[Harm]:
        """Yield what a function shows bob by one argument, and refuses him by another.

        Args:
            function: That is called.
            is_window: Whether an attempt with its outcome, in states, shows what is published, and no more.
        """
        names = [argument.name for argument in function.arguments]
        optional = may_be_left_out(function.body, names)
        if not function.definer or self.bob.role not in function.callers or len(names) < 2 or not optional:  # noqa: PLR2004  two ways to search
            return
        listing = self._listing(function)
        searches = tuple(self._searches(function))
        states: Iterator[tuple[State, ...]] = itertools.chain([()], self._states(function))
        for state in itertools.islice(states, _STATES):
            if harm := self._told(function, searches, listing, state, is_window):
                yield harm
                return

    def _told(
        self,
        function: Function,
        searches: tuple[Search, ...],
        listing: tuple[str, ...],
        state: tuple[State, ...],
        is_window: IsWindow,
    ) -> Harm | None:
        """Return what bob is shown in a state, unless it is shown there as what is published is."""
        before = (*listing, *statements_of(state))
        his = self._made(self.bob, searches, before)
        found = [
            (place, attempt, outcome, mark)
            for (place, _), (attempt, outcome) in zip(searches, his, strict=True)
            for mark in self._marks(outcome)
        ]
        if not found or not (refused := self._refused(searches, his, before)):
            return None
        hidden = self._refused(searches, self._made(self.bob, searches, listing), listing) if state else {}
        seen = self._seen(function, before)
        for place, attempt, outcome, mark in found:
            others = {other for other in refused.get(mark, ()) if other != place}
            # What a value publishes may be searched for in another way by whoever it belongs to.
            unpublished = bool(state) and not others <= hidden.get(mark, set())
            if others and mark not in seen and (unpublished or not is_window(attempt, outcome, *state)):
                return self._harm(function, attempt, mark, min(others))
        return None

    def _harm(self, function: Function, attempt: Attempt, mark: str, other: int) -> Harm:
        rows = self.field.population.rows.items()
        home = next(name for (name, _), row in rows if mark in row.canaries)
        script = self.field.script(home, self.bob, attempt.steps, "select 1", before=attempt.before)
        what = f"`{mark}`, which it refuses to him where he searches by {function.arguments[other].name}"
        return Harm(BOB.name, "read", home, ALICE.name, what, script)

    def _refused(
        self, searches: tuple[Search, ...], his: list[tuple[Attempt, Outcome]], before: tuple[str, ...]
    ) -> dict[str, set[int]]:
        """Return by text the arguments by which she is shown it, and he is not."""
        hers = self._made(self.alice, searches, before)
        shown: dict[str, set[int]] = {}
        for (place, _), (_, to_her), (_, to_him) in zip(searches, hers, his, strict=True):
            for mark in self._marks(to_her) - self._marks(to_him) if not to_him.state else ():
                shown.setdefault(mark, set()).add(place)
        return shown

    def _made(
        self, actor: Identity, searches: tuple[Search, ...], before: tuple[str, ...]
    ) -> list[tuple[Attempt, Outcome]]:
        attempts = [Attempt(actor, (sql,), before=before) for _, sql in searches]
        return list(self.field.runner.run(attempts))

    def _marks(self, outcome: Outcome) -> frozenset[str]:
        """Return the texts of others than bob that came out."""
        said = "" if outcome.state else "\n".join(outcome.rows)
        return frozenset(self.field.recognition.canaries_of_others(said, BOB))

    def _seen(self, function: Function, before: tuple[str, ...]) -> frozenset[str]:
        """Return the texts that bob reads by himself, as things are then."""
        below = self._below(function)
        attempts = [
            Attempt(self.bob, (read(r),), before=before) for r in below if self.bob.role in r.readable
        ]
        return frozenset().union(*(self._marks(outcome) for _, outcome in self.field.runner.run(attempts)))

    def _searches(self, function: Function) -> Iterator[Search]:
        """Yield calls that give one argument, and of the others nothing, or an empty text."""
        optional = len(function.arguments) - function.defaults
        for place, argument in enumerate(function.arguments):
            values = self._values(function, argument)
            for value, empty in itertools.product(values, (False, True)):
                given = [
                    _nothing(one, empty=empty and n < optional) for n, one in enumerate(function.arguments)
                ]
                given[place] = value
                yield place, call_sql(function, tuple(given))

    def _values(self, function: Function, argument: Argument) -> list[str]:
        """Return values of hers to search by; none of what is no value of rows."""
        kind = argument.type.removesuffix("[]")
        found = [word for _, _, word in self._lists(function, argument)]
        if family(kind) in _KINDS and kind == argument.type:
            first = self.arguments.of(argument, function, ALICE)[:_EACH]
            return [*(f"{literal(word)}::{argument.declared}" for word in found), *first]
        return [f"array[{literal(word)}]::{argument.declared}" for word in found]

    def _lists(self, function: Function, argument: Argument) -> Iterator[tuple[Relation, Column, str]]:
        """Yield the columns in which an argument is looked for, with a word of her list."""
        for relation in self._below(function):
            row = self.field.population.row(relation.name, ALICE.name)
            for name in sorted(listed(function.body, argument.name)):
                column = relation.column(name)
                if column and row and column.type.startswith(("text[", "character varying[")):
                    stored = row.stored.get(name)
                    yield relation, column, str(stored[0]) if stored else _WORD

    def _listing(self, function: Function) -> tuple[str, ...]:
        """Return what a superuser does so that no list of hers in which one may look is empty."""
        found = (one for argument in function.arguments for one in self._lists(function, argument))
        rows = self.field.population
        return tuple(
            statement
            for relation, column, word in found
            if (row := rows.row(relation.name, ALICE.name))
            for statement in change(relation.name, column, f"{{{word}}}", row).statements
        )

    def _states(self, function: Function) -> Iterator[tuple[State, ...]]:
        for relation in self._below(function):
            yield from ((state,) for state in named(self.field, relation, function.body))

    def _below(self, function: Function) -> list[Relation]:
        names = sorted(self.field.texts.function_reach(function))
        found = (self.field.catalog.relation(name) for name in names)
        return [relation for relation in found if relation and relation.kind in TABLE_KINDS]


def _nothing(argument: Argument, *, empty: bool) -> str:
    return (
        f"''::{argument.declared}"
        if empty and family(argument.type) == "text"
        else f"null::{argument.declared}"
    )
