"""States of rows that the text of a policy, a view, a trigger or a function asks for."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, CAROL, DANA
from pytest_readiness.gather.attacks.codes import is_drawn
from pytest_readiness.gather.attacks.states import FUTURE, PAST, change, words_of
from pytest_readiness.gather.bounds import each
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.sql.lexis import names, plain, strings, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State

VIEWS = frozenset({"view", "materialized view"})
"""Kinds of relations that show rows of others."""

_TWO = 2
"""How many states are tried with each other anyway."""

_NEAR = 40
"""Characters between a column and what it is compared with."""

_MOST = 12
"""States of one relation that are tried."""

_PAIRS = 60
"""Pairs of states of a view's rows that are tried."""

_ASKED, _IN_ALL = 600, 6000
"""States of the rows of one view, and of all views together."""


def named(
    field: Field, relation: Relation, text: str, people: Iterable[Person] = (ALICE,)
) -> tuple[State, ...]:
    """Return states of the rows of alice, or of several, that a text asks for, of columns that it names."""
    return _those_of(field, relation, text, people, _named)


def besides(
    field: Field, relation: Relation, text: str, people: Iterable[Person] = (ALICE,)
) -> tuple[State, ...]:
    """Return states of the same columns that a text leaves out, which asks for what is not, or not yet."""
    return _those_of(field, relation, text, people, _unnamed)


def _those_of(
    field: Field,
    relation: Relation,
    text: str,
    people: Iterable[Person],
    values: Callable[[Column, tuple[str, ...], set[str]], Iterator[str | None]],
) -> tuple[State, ...]:
    row = field.population.row(relation.name, ALICE.name)
    rows = [one for person in people if (one := field.population.row(relation.name, person.name))]
    words, said = names(text), set(strings(text))
    found: list[State] = []
    for column in relation.columns if row else ():
        if row is None or column.name not in words or column.name in field.key_columns(relation):
            continue
        if is_drawn(relation, column):  # no word of code is ever one
            continue
        found += [
            change(relation.name, column, value, *rows)
            for value in values(column, words_of(field, relation, column), said)
            if value != row.texts.get(column.name) and not (value is None and column.not_null)
        ]
    return tuple(found[:_MOST])


def _named(column: Column, known: tuple[str, ...], said: set[str]) -> Iterator[str | None]:
    if column.generated:
        return
    if column.type == "boolean":
        yield from ("true", "false")
    elif column.dated:
        yield from (PAST, None)
    elif holds_text(column) or column.kind == "e":
        yield from (value for value in known if value in said)


def _unnamed(column: Column, known: tuple[str, ...], said: set[str]) -> Iterator[str | None]:
    if column.generated:
        return
    if column.dated:
        yield FUTURE
    elif holds_text(column) or column.kind == "e":
        yield from [value for value in known if value not in said][:1]


def altogether(states: Iterable[State], field: Field, text: str) -> tuple[State, ...]:
    """Return of each column the state that a text most likely asks for, to be in all of them at once."""
    spelt = plain(text).lower()
    found: dict[tuple[str, str], State] = {}
    for state in states:
        relation, (name, value) = field.catalog.relation(state.relation), state.value
        column = relation.column(name) if relation else None
        if column and _is_likely(column, value, spelt):
            found.setdefault((state.relation, name), state)
    return tuple(found.values()) if len(found) > _TWO else ()


def _is_likely(column: Column, value: str | None, text: str) -> bool:
    """Whether a text asks for a value of a column, as far as that is told by what stands beside its name."""
    name = rf"(?<!\w){word(column.name)}"
    if column.dated:
        return value == (None if re.search(rf"{name}\)*\s+is\s+null", text) else PAST)
    if column.type == "boolean":
        turned = re.search(rf"\bnot\s+\(*(\w+\.)?{name}(?!\w)|{name}\)*\s*(=|is)\s*(false|not\s+true)", text)
        return value == ("false" if turned else "true")
    return bool(value and re.search(rf"{name}(?!\w)[^']{{0,{_NEAR}}}'{re.escape(value.lower())}'", text))


def asked_of(relation: Relation, states: Iterable[State]) -> dict[str, str | None]:
    """Return what one new row of a relation has to say to be in as many of these states as it can.

    Where a column has several, the first: what is asked for comes before what is left out.
    """
    found: dict[str, str | None] = {}
    for state in states:
        if state.relation == relation.name:
            found.setdefault(*state.value)
    return found


def refreshing(field: Field, name: str) -> tuple[str, ...]:
    """Return what brings the rows of a materialized view up to date, or those of all below a view."""
    below = (*sorted(field.texts.depends_on(name) - {name}), name)
    stored = [one for one in map(field.catalog.relation, below) if one and one.kind == "materialized view"]
    # What is made of others comes after them.
    stored.sort(key=lambda one: len(field.texts.depends_on(one.name)))
    return tuple(f"refresh materialized view {one.name}" for one in stored)


def asked_by_view(field: Field, view: Relation) -> tuple[tuple[State, ...], ...]:
    """Return the states that the filter of a view asks for, one or two at a time, of alice's tenant."""
    below = sorted(field.texts.depends_on(view.name) - {view.name})
    relations = [relation for name in below if (relation := field.catalog.relation(name))]
    # What a view is made of leaves out more than it does itself.
    text = " ".join(one.view for one in (view, *relations))
    alone = [hidden for one in relations if (hidden := field.hidings.get(one.name))]
    alone += [
        state
        for among in (named, besides)
        for relation in relations
        if relation.kind in TABLE_KINDS
        for state in among(field, relation, text, (ALICE, CAROL, DANA))
    ]
    pairs = [
        (one, other)
        for one, other in itertools.combinations(alone, 2)
        if (one.relation, one.value[0]) != (other.relation, other.value[0])
    ]
    views = sum(relation.kind in VIEWS for relation in field.catalog.relations)
    every = altogether((state for state in alone if not state.hides), field, text)
    asked = (*((state,) for state in alone), *((every,) if every else ()), *pairs[:_PAIRS])
    return asked[: each(_ASKED, _IN_ALL, views)]
