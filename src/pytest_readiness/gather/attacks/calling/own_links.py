"""Calls functions with a link of bob's own, and the keys of what is hers: it opens what its row refers to."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.arguments import Arguments
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.codes import is_secret
from pytest_readiness.gather.attacks.meanings import compared, fitting
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.judges.owners.links import ends
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field

_CALLS, _WIDE = 24, 3
"""Calls with one link, and values of each other argument among them."""


def with_own_links(field: Field, function: Function) -> Iterator[Attempt]:
    """Yield calls in which one argument is the secret of a row of bob's, and the others are hers."""
    if len(function.arguments) < 2:  # noqa: PLR2004  what opens, and what is opened
        return
    reach = tuple(sorted(field.texts.function_reach(function)))
    arguments = Arguments(field)
    hers = [arguments.of(argument, function, ALICE)[:_WIDE] for argument in function.arguments]
    for place, argument in enumerate(function.arguments):
        for value, before in _secrets(field, function, argument, reach):
            choices = [[value] if at == place else values for at, values in enumerate(hers)]
            for given in itertools.islice(itertools.product(*choices), _CALLS):
                yield Attempt(field.cast.user(BOB), (call_sql(function, given),), reach, given, before)


def _secrets(
    field: Field, function: Function, argument: Argument, reach: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield secrets of bob's that a body compares an argument with, and what keeps them from being over."""
    texts = [function.body, *(one.body for one in field.texts.called([function.body]))]
    names = frozenset().union(*(compared(plain(text), argument) for text in texts))
    for name in reach if names else ():
        relation, mine = field.catalog.relation(name), field.population.row(name, BOB.name)
        if relation is None or mine is None or relation.kind not in TABLE_KINDS:
            continue
        secret = (c for c in relation.columns if c.name in names and is_secret(field, relation, c))
        for column in secret:
            value = mine.texts.get(column.name)
            if value is not None and (said := fitting(column.type, argument.type, value)):
                yield f"{literal(said)}::{argument.declared}", _held(relation, mine)


def _held(relation: Relation, mine: SyntheticRow) -> tuple[str, ...]:
    """Return what a superuser does so that a row is not over."""
    sets = ", ".join(
        f"{end.column.quoted} = {literal(end.held)}"
        for end in ends(relation)
        if end.held is not None or not end.column.not_null
    )
    return (QUIETLY, f"update {relation.name} set {sets} where {mine.where}", AS_EVER) if sets else ()
