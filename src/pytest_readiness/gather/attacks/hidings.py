"""States in which alice alone sees a row of hers that everybody sees as it is made."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.states import FUTURE, PAST, hiding, words_of
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State

_BESIDE = 12
"""Relations that policies look at beside it."""

_MOST = 12
"""States of one relation that are tried."""


def hidings(field: Field) -> dict[str, State]:
    """Return by table, of those whose row of hers bob sees, a state in which he does not and she does.

    Views and functions with their owner's rights have to leave such a row out themselves, and what he may
    write must not bring it back.
    """
    shown = [relation for relation in field.catalog.relations if _hides_some(field, relation)]
    looks = [Attempt(field.cast.user(BOB), (_look(field, one),), about=one) for one in shown]
    seen = [attempt.about for attempt, outcome in field.runner.run(looks) if outcome.rows]
    return dict(_hidden(field, seen))


def _hidden(field: Field, seen: Iterable[Relation]) -> Iterator[tuple[str, State]]:
    tries = [(relation, state) for relation in seen for state in _states(field, relation)]
    attempts = [
        Attempt(field.cast.user(person), (_look(field, relation),), before=state.statements, about=person)
        for relation, state in tries
        for person in (ALICE, BOB)
    ]
    outcomes = (outcome for _, outcome in field.runner.run(attempts))
    done: set[str] = set()
    for (relation, state), hers, his in zip(tries, outcomes, outcomes, strict=False):
        hidden = hers.rows and not his.rows and not his.state
        if hidden and relation.name not in done:
            done.add(relation.name)
            yield relation.name, state


def _hides_some(field: Field, relation: Relation) -> bool:
    """Whether policies may hide a row of hers: a table that bob may select from, with her row in it."""
    row = field.population.row(relation.name, ALICE.name)
    there = bool(row and row.where) and relation.name in field.owners.owned
    role = field.cast.user(BOB).role
    return relation.rls and relation.kind in TABLE_KINDS and role in relation.readable and there


def _look(field: Field, relation: Relation) -> str:
    row = field.population.row(relation.name, ALICE.name)
    return f"{QUERY}select '1' from {relation.name} t where {row.where if row else 'false'}"


def _states(field: Field, relation: Relation) -> Iterator[State]:
    """Yield states of her row, and of those that policies look at beside it."""
    others = itertools.islice(sorted(field.texts.depends_on(relation.name) - {relation.name}), _BESIDE)
    yield from itertools.islice(
        (state for name in (relation.name, *others) for state in _of_one(field, relation, name)), _MOST
    )


def _of_one(field: Field, relation: Relation, name: str) -> Iterator[State]:
    one, row = field.catalog.relation(name), field.population.row(name, ALICE.name)
    if one is None or row is None or not row.where or one.kind not in TABLE_KINDS:
        return
    asked = frozenset[str]().union(
        *(names(p.using) for r in (relation, one) for p in r.policies if p.command in {"SELECT", "ALL"})
    )
    kept = field.key_columns(one) | {*one.primary_key}
    # What is over comes after what somebody hides.
    for column in sorted(one.columns, key=lambda column: column.dated):
        if column.name in asked and column.name not in kept and not column.generated:
            for value in _others(field, one, column, row.texts.get(column.name)):
                yield hiding(one.name, column, value, row)


def _others(field: Field, relation: Relation, column: Column, held: str | None) -> Iterator[str]:
    """Yield values that a column may have beside the one that it has."""
    if column.type == "boolean":
        yield "false" if held == "true" else "true"
    elif column.dated:
        yield from (PAST, FUTURE)
    elif holds_text(column) or column.kind == "e":
        yield from (value for value in words_of(field, relation, column) if value != held)
