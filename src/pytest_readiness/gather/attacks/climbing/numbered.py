"""Gives away a thing of one's own whose number is that of another kind of thing of hers, and looks there."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.climbing.action import WRITES, Action
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.reading.kinds import renumbered
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.owners.callers import hints_of
from pytest_readiness.judges.owners.kinds import kinds
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.evidence.ownership import Kinds
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.gather.synthesis.refusals import Values

_CALLS = 24
"""Calls of a function that makes such rows."""


def numbered(field: Field) -> Iterator[Action]:
    """Yield rows that hang on what is bob's by kind and number, where hers of another kind has that number.

    Whoever looks at the number alone takes one for the other.
    """
    deciding, hints = field.texts.deciding, hints_of(field.catalog)
    for relation in field.catalog.relations:
        if relation.name not in deciding or relation.kind not in TABLE_KINDS:
            continue
        if found := kinds(field.catalog, hints, relation):
            for kind, number, state in _alike(field, found):
                said: Values = {found.column: kind, found.ways[0][1].columns[0]: number}
                yield from _rows(field, relation, said, state)
                yield from _calls(field, relation, (kind, number), state)


def _alike(field: Field, found: Kinds) -> Iterator[tuple[str, str, State]]:
    """Yield kinds and numbers of what is bob's, with the state in which hers of another has the number."""
    for (kind, way), (_, other) in itertools.permutations(found.ways, 2):
        hers = field.population.row(other.target, ALICE.name)
        number = hers.texts.get(other.target_columns[0]) if hers else None
        if number is not None and way.target != other.target:
            state = renumbered(field, way, number, beside=other)
            if state:
                yield kind, number, state


def _rows(field: Field, relation: Relation, said: Values, state: State) -> Iterator[Action]:
    """Yield the row that bob may insert, with himself as whoever it names."""
    held, forger = relation.privileges.get(field.cast.user(BOB).role), Forger(field)
    model = forger.model(relation, BOB) or forger.model(relation, ALICE)
    if held is None or not held.insert or model is None:
        return
    row = model | forger.owner_keys(relation, BOB) | said
    sql = insert_sql(relation, {name: value for name, value in row.items() if name in held.insert})
    yield _action(field, relation.name, (sql,), relation, state)


def _calls(field: Field, relation: Relation, said: tuple[str, str], state: State) -> Iterator[Action]:
    """Yield calls of the functions that make such rows."""
    for function in field.catalog.functions:
        writes = WRITES.search(function.body) and relation.name in field.texts.mentioned(function.body)
        if writes and field.cast.user(BOB).role in function.callers:
            for given in itertools.islice(_given(field, function, said), _CALLS):
                yield _action(field, function.signature, (call_sql(function, given),), relation, state)


def _given(field: Field, function: Function, said: tuple[str, str]) -> Iterator[tuple[str, ...]]:
    """Yield arguments of which one is the kind and another the number; the others are bob's, or bob."""
    mine = [field.arguments.first(argument, function, BOB) for argument in function.arguments]
    keys = ("smallint", "integer", "bigint", "uuid")
    himself = [
        f"{literal(str(BOB.key(a.type)))}::{a.declared}" if a.type in keys else own
        for a, own in zip(function.arguments, mine, strict=True)
    ]
    for places in itertools.permutations(range(len(mine)), len(said)):
        put = {
            place: f"{literal(value)}::{function.arguments[place].declared}"
            for place, value in zip(places, said, strict=True)
        }
        for rest in dict.fromkeys((tuple(himself), tuple(mine))):
            yield tuple(put.get(place, value) for place, value in enumerate(rest))


def _action(field: Field, subject: str, steps: tuple[str, ...], relation: Relation, state: State) -> Action:
    touches = field.texts.touched_by(relation.name)
    return Action(subject, steps, touches, state.statements, said=f"where {state.said}")
