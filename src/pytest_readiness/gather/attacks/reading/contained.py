"""Reads as somebody whose list of rights is empty: what asks the wrong way round takes it for every right.

An empty list is contained in every list. Where a row lists what its reader needs, and what bob holds is
compared with it, one who holds nothing may read what one who holds something else may not.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.asked_states import asked_of, besides, named
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import (
    AS_EVER,
    QUIETLY,
    State,
    change,
    given_states,
    statements_of,
)
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading

_CONTAINS = re.compile(r"@>|<@")
_MOST = 24
"""States in which one relation is read."""

_ELEMENTS = {
    "text[]": ("{readiness_one}", "{readiness_other}"),
    "character varying[]": ("{readiness_one}", "{readiness_other}"),
    "integer[]": ("{481599997}", "{481599998}"),
}
"""Lists that have nothing in common, by their types."""


def read_with_empty_lists(
    field: Field, relation: Relation, row: SyntheticRow | None, reading: Reading
) -> Talk[tuple[Read, ...]]:
    """Read as bob, beside alice in what decides, while he holds nothing that her row needs.

    What he reads as well where he holds something else follows from no list.
    """
    bob = field.cast.user(BOB)
    if row is None or bob.role not in relation.readable or relation.kind not in TABLE_KINDS:
        return ()
    asked = list(itertools.islice(_states(field, relation, row), _MOST))
    outcomes = yield [
        Attempt(bob, (read(relation),), before=statements_of(states)) for pair in asked for states in pair
    ]
    found = []
    for (states, _), nothing, other in zip(asked, outcomes[::2], outcomes[1::2], strict=True):
        leak, control = (reading(relation, bob, BOB, one, row) for one in (nothing, other))
        if leak.foreign and not control.foreign and not other.state:
            found.append(given_states(leak, bob, states))
    return tuple(found)


def _states(
    field: Field, relation: Relation, row: SyntheticRow
) -> Iterator[tuple[tuple[State, ...], tuple[State, ...]]]:
    """Yield states in which bob holds nothing, each beside the same one in which he holds something else."""
    text = " ".join(policy.using for policy in relation.policies)
    texts = (text, *(function.body for function in field.texts.called([text])))
    if not any(map(_CONTAINS.search, texts)):
        return
    states = (*named(field, relation, text), *besides(field, relation, text))
    first = asked_of(relation, states)
    every = tuple(
        change(relation.name, column, first[column.name], row)
        for column in relation.columns
        if column.name in first and first[column.name] is not None
    )
    for needed, (name, held) in itertools.product(_lists(relation), _held(field, relation)):
        one, other = _ELEMENTS[needed.type]
        if held.type != needed.type:
            continue
        needs = change(relation.name, needed, one, row)
        nothing, else_ = (_beside_her(field, name, held, value) for value in ("{}", other))
        for more in ((), *((state,) for state in states), every):
            yield (*nothing, needs, *more), (*else_, needs, *more)


def _held(field: Field, relation: Relation) -> Iterator[tuple[str, Column]]:
    """Yield the lists in rows of people that decide who reads a relation."""
    for name in sorted(field.texts.depends_on(relation.name) - {relation.name}):
        one, owned = field.catalog.relation(name), field.owners.owned.get(name)
        if one and owned and owned.users and one.kind in TABLE_KINDS:
            yield from ((name, column) for column in _lists(one))


def _lists(relation: Relation) -> list[Column]:
    return [column for column in relation.columns if column.type in _ELEMENTS and not column.generated]


def _beside_her(field: Field, name: str, held: Column, value: str) -> tuple[State, ...]:
    """Return the state in which bob's row lies where alice's does, with this list."""
    relation, owned = field.catalog.relation(name), field.owners.owned.get(name)
    mine, hers = (field.population.row(name, person.name) for person in (BOB, ALICE))
    if relation is None or owned is None or mine is None or hers is None:
        return ()
    keys = {one for key in relation.foreign_keys for one in key.columns} | {*owned.tenants}
    place = {one: hers.texts.get(one) for one in keys - {*owned.users}}
    values = {**{one: text for one, text in place.items() if text is not None}, held.name: value}
    sets = ", ".join(f"{c.quoted} = {literal(values[c.name])}" for c in relation.columns if c.name in values)
    update = f"update {name} set {sets} where {mine.where}"
    return (
        State(name, f"{held.quoted} = {literal(value)} in {name} beside hers", (QUIETLY, update, AS_EVER)),
    )
