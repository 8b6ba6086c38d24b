"""Columns that decide by their names that a row is for everybody, with values by which it is and is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.attacks.states import FUTURE, PAST, words_of
from pytest_readiness.judges.purpose.publication import said_public
from pytest_readiness.judges.purpose.queues import awaits_verdict, is_errand, is_planned
from pytest_readiness.judges.purpose.releases import released, shown_narrower
from pytest_readiness.judges.purpose.visibility import (
    is_public,
    is_released,
    is_withdrawn,
    is_work,
    publishes,
    publishes_from,
    withholds,
)
from pytest_readiness.judges.sql.lexis import strings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.catalog import Column, Function, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State

_GUESSED = ("private", "draft")
"""What a row may be called that is not public, where nothing says it; what a CHECK refuses does no harm."""


def switches(
    field: Field, relation: Relation, given: tuple[State, ...] = ()
) -> Iterator[tuple[str, Column, str, str | None]]:
    """Yield relations and columns with the value by which alice's row is public, and one by which not.

    Args:
        field: Her rows.
        relation: That everybody reads.
        given: The states that her rows were brought into before.
    """
    changed = _changed(given)
    for name in (relation.name, *sorted(field.texts.depends_on(relation.name) - {relation.name})):
        one = field.catalog.relation(name)
        text = " ".join([*(p.using for r in (one, relation) if r for p in r.policies), relation.view])
        yield from _of_rows(field, name, text, changed, viewed=bool(relation.view), view=relation.view)


def switches_of_call(
    field: Field, function: Function, given: tuple[State, ...] = ()
) -> Iterator[tuple[str, Column, str, str | None]]:
    """Yield the same of what a function asks of rows itself: it shows them as a view does."""
    changed = _changed(given)
    for name in sorted(field.texts.function_reach(function)):
        yield from _of_rows(field, name, function.body, changed, viewed=True)


def _changed(given: tuple[State, ...]) -> dict[tuple[str, str], str | None]:
    return {(state.relation, state.value[0]): state.value[1] for state in given}


def _of_rows(
    field: Field,
    name: str,
    text: str,
    changed: dict[tuple[str, str], str | None],
    *,
    viewed: bool,
    view: str = "",
) -> Iterator[tuple[str, Column, str, str | None]]:
    """Yield the switches of one relation that a text asks for."""
    one, hers = field.catalog.relation(name), field.population.row(name, ALICE.name)
    owned = field.owners.owned.get(name)
    for column in one.columns if one and hers else ():
        held = changed.get((name, column.name), hers.texts.get(column.name) if hers else None)
        if one and held is not None and re.search(rf"(?<!\w){re.escape(column.quoted)}(?!\w)", text):
            others = by_which_not(
                column,
                held,
                strings(text),
                words_of(field, one, column),
                viewed=viewed and not (view and shown_narrower(one, column.name, held, view, field.clients)),
                called=said_public(one, field.clients) | _released(one, field),
                # What is not private among colleagues is theirs; a group that is not private is open.
                in_tenant=bool(owned and owned.tenants) and name not in field.owners.roots,
            )
            yield from ((name, column, held, other) for other in others)


def _released(relation: Relation, field: Field) -> frozenset[str]:
    """Return the switches by which a policy shows what was seen to, and says that it is for all."""
    return frozenset(name for name, said in released(relation, field.clients).items() if said)


def by_which_not(
    column: Column,
    held: str,
    said: Sequence[str],
    known: Sequence[str],
    *,
    viewed: bool = False,
    called: frozenset[str] = frozenset(),
    in_tenant: bool = False,
) -> Iterator[str | None]:
    """Yield values by which a row is not public; none if the value that it has does not publish it.

    Args:
        column: That may decide it.
        held: Its value in the row.
        said: The strings of the policies and the view that ask for it.
        known: The values that it may have, as far as they are known.
        viewed: Whether a view shows the row.
        called: The values and switches by which policies show rows that they call public by their names.
        in_tenant: Whether the row is a tenant's.
    """
    if column.type == "boolean":
        name = column.name
        shown = publishes(name) or name in called
        if shown if held == "true" else withholds(name, in_tenant=in_tenant):
            yield "false" if held == "true" else "true"
    elif column.dated:
        if publishes_from(column.name):
            yield FUTURE if column.not_null else None
    elif held in called:
        yield from (value for value in known if value not in called)
    elif is_public(held) or (viewed and is_released(held)):
        if held in said:
            others = [value for value in known if value not in said]
            yield from dict.fromkeys([*others, *(value for value in _GUESSED if value not in said)])
        else:
            # Who keeps out drafts alone shows the rest.
            yield from (value for value in known if value in said and is_withdrawn(value, known))


def shows_to_nobody(field: Field, text: str, states: Sequence[State], *, telling: bool) -> bool:
    """Whether nobody shows rows to all by these states: what is due or paid, or waits for somebody.

    Args:
        field: Her rows.
        text: What asks for the states.
        states: All of them together.
        telling: Whether what is shown then names a person, or holds what nobody publishes.
    """
    return all(state.hides or _says_nothing(field, text, state, states, telling=telling) for state in states)


def _says_nothing(field: Field, text: str, state: State, states: Sequence[State], *, telling: bool) -> bool:
    relation = field.catalog.relation(state.relation)
    column, value = relation.column(state.value[0]) if relation else None, state.value[1]
    if relation is None or column is None:
        return False
    known, said = words_of(field, relation, column), strings(text)
    if says_nothing_of_showing(column, value, said, known):
        return True
    if not telling:
        return False
    if _is_errand(column, value):
        return True
    if value in said and awaits_verdict(value, [other for other in known if other not in said]):
        return True
    return _may_wait(column, value, said) and _is_due(field, states)


def _may_wait(column: Column, value: str | None, said: Sequence[str]) -> bool:
    """Whether what has a time to come may be in a state: planned, or not done, or none that is for all."""
    if column.type == "boolean":
        return value == "false" or not publishes(column.name)
    if column.dated or value is None:
        return value is None
    return value in said and is_planned(value)


def _is_due(field: Field, states: Sequence[State]) -> bool:
    """Whether a time has come at which something is done for somebody."""
    pairs = ((field.catalog.relation(one.relation), one.value) for one in states)
    columns = ((relation.column(value[0]), value[1]) for relation, value in pairs if relation)
    return any(column and _is_errand(column, value) for column, value in columns)


def _is_errand(column: Column, value: str | None) -> bool:
    due = column.dated and value == PAST
    return due and is_errand(column.name) and not publishes_from(column.name)


def says_nothing_of_showing(
    column: Column, value: str | None, said: Sequence[str], known: Sequence[str]
) -> bool:
    """Whether by a state a row is done, paid or deleted, so that who asks for it does not publish it.

    Args:
        column: That differs.
        value: Its value in that state.
        said: The strings of the view that asks for it.
        known: The values that it may have, as far as they are known.
    """
    if value is None:
        return False
    if column.type == "boolean":
        return is_work(column.name) or (value == "true" and is_withdrawn(column.name))
    if column.dated:
        return is_work(column.name) or is_withdrawn(column.name)
    if value in said:
        return is_work(value) or is_withdrawn(value, known)
    return not any(is_withdrawn(other, known) for other in known if other in said)
