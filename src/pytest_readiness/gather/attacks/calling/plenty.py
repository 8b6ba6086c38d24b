"""Calls that take from rows of hers: she has plenty, and one argument of several names what is hers.

Code asks first whether there is enough. Where there is not, that nothing was taken says nothing.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.meanings import compared, family
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.judges.owners.funds import most_of, spends
from pytest_readiness.judges.sql.lexis import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.arguments import Arguments
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State

_CALLS = 12


def plenty(field: Field, function: Function) -> tuple[State, ...]:
    """Return the state in which she has as much as she can of all that a function takes something from."""
    found: list[State] = []
    for name in sorted(field.texts.function_reach(function)):
        relation, row = field.catalog.relation(name), field.population.row(name, ALICE.name)
        if relation is None or row is None or relation.kind not in TABLE_KINDS or not row.where:
            continue
        found += [
            change(name, column, most, row)
            for column in spends(relation, function.body)
            if (most := most_of(relation, column))
        ]
    return tuple(found)


def with_one_of_hers(arguments: Arguments, function: Function) -> tuple[tuple[str, ...], ...]:
    """Return bob's own call, of one where it takes a number, with what is hers in each place by turns."""
    return tuple(dict.fromkeys(itertools.islice(_mixed(arguments, function), _CALLS)))


def _mixed(arguments: Arguments, function: Function) -> Iterator[tuple[str, ...]]:
    body = plain(function.body)
    counted = [family(one.type) == "number" and not compared(body, one) for one in function.arguments]
    own = [
        f"'1'::{argument.declared}" if number else arguments.first(argument, function, BOB)
        for argument, number in zip(function.arguments, counted, strict=True)
    ]
    for place, argument in enumerate(function.arguments):
        value = arguments.first(argument, function, ALICE)
        if value not in {own[place], arguments.first(argument, function, BOB)}:
            yield (*own[:place], value, *own[place + 1 :])
