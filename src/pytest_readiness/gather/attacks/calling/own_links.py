"""Calls functions with a link of bob's own: it opens what its row refers to, and of that only what is his.

The keys of what is hers go beside it; and what he may write into its row himself may say where hers lies.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.codes import is_secret
from pytest_readiness.gather.attacks.meanings import compared, fitting
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, taken_away
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.owners.links import ends
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Argument, Column, Function, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values

_CALLS, _WIDE = 24, 3
"""Calls with one link, and values of each other argument among them."""

_EVERYTHING = ("", "%")
"""Texts that begin all others, or match them."""

_SHARED = "readiness-shared"
"""What both call something."""


def with_own_links(field: Field, function: Function) -> Iterator[Attempt]:
    """Yield calls in which one argument is the secret of a row of bob's, and the others are hers."""
    if len(function.arguments) < 2:  # noqa: PLR2004  what opens, and what is opened
        yield from _written(field, function)
        return
    reach = tuple(sorted(field.texts.function_reach(function)))
    watch = tuple(sorted(field.texts.changed_by(function)))
    arguments = field.arguments
    hers = [arguments.of(argument, function, ALICE)[:_WIDE] for argument in function.arguments]
    for place, argument in enumerate(function.arguments):
        for _, value, before in _secrets(field, function, argument, reach):
            choices = [[value] if at == place else values for at, values in enumerate(hers)]
            for given in itertools.islice(itertools.product(*choices), _CALLS):
                yield Attempt(field.cast.user(BOB), (call_sql(function, given),), watch, given, before)


def _written(field: Field, function: Function) -> Iterator[Attempt]:
    """Yield calls with a secret of bob's alone, after he wrote into its row what leads to hers."""
    bob, reach = field.cast.user(BOB), tuple(sorted(field.texts.function_reach(function)))
    for argument in function.arguments:
        for relation, value, before in _secrets(field, function, argument, reach):
            call = call_sql(function, (value,))
            for update, hers in itertools.islice(_leading(field, relation, reach), _CALLS):
                yield Attempt(bob, (update, call), reach, (value,), (*before, *hers))


def _leading(field: Field, link: Relation, reach: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what writes texts that lead to hers into bob's link, with what a superuser does first.

    A text with nothing in it begins all; any other is, or begins, what she called so as well.
    """
    kept = field.key_columns(link) | {*link.primary_key}
    for column in link.columns:
        if column.name in kept or is_secret(field, link, column) or not _is_text(column):
            continue
        for text, alike in (*((one, False) for one in _EVERYTHING), (_SHARED, True)):
            write, before = _writes(field, link, column, text)
            for hers in _named_alike(field, link, reach) if alike and write else ():
                yield write, (*before, *hers)
            if write and not alike:
                yield write, before


def _writes(field: Field, link: Relation, column: Column, text: str) -> tuple[str, tuple[str, ...]]:
    """Return how bob's link comes to say a text: he changes it, or makes it anew; empty if he may not."""
    mine, held = field.population.row(link.name, BOB.name), link.privileges.get(field.cast.user(BOB).role)
    if mine is None or held is None:
        return "", ()
    if column.name in held.update:
        return f"update {link.name} set {column.quoted} = {literal(text)} where {mine.where}", ()
    said = {c.name: mine.texts.get(c.name) for c in link.columns if c.name in held.insert and c.writable}
    row: Values = {name: value for name, value in said.items() if value is not None}
    gone = taken_away(link.name, mine)
    return (insert_sql(link, row | {column.name: text}), gone) if column.name in held.insert else ("", ())


def _named_alike(field: Field, link: Relation, reach: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield what makes a text of hers begin as bob's does, or be the same: a path, a label, a name."""
    for name in reach:
        relation, row = field.catalog.relation(name), field.population.row(name, ALICE.name)
        if relation is None or row is None or relation.kind not in TABLE_KINDS or name == link.name:
            continue
        for column in relation.columns:
            if column.name in field.key_columns(relation) or not _is_text(column):
                continue
            for told in (f"{_SHARED}/{row.texts.get(column.name)}", _SHARED):
                update = f"update {name} set {column.quoted} = {literal(told)} where {row.where}"
                yield (QUIETLY, update, AS_EVER)


def _is_text(column: Column) -> bool:
    return holds_text(column) and column.writable and not column.type.endswith("[]")


def _secrets(
    field: Field, function: Function, argument: Argument, reach: tuple[str, ...]
) -> Iterator[tuple[Relation, str, tuple[str, ...]]]:
    """Yield where secrets of bob's are that a body compares an argument with, these, and what keeps them."""
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
                yield relation, f"{literal(said)}::{argument.declared}", _held(relation, mine)


def _held(relation: Relation, mine: SyntheticRow) -> tuple[str, ...]:
    """Return what a superuser does so that a row is not over."""
    sets = ", ".join(
        f"{end.column.quoted} = {literal(end.held)}"
        for end in ends(relation)
        if end.held is not None or not end.column.not_null
    )
    return (QUIETLY, f"update {relation.name} set {sets} where {mine.where}", AS_EVER) if sets else ()
