"""Finds lists such as one of administrators: a row there lets somebody read rows of others elsewhere."""

from __future__ import annotations

import itertools
import json
from functools import partial
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, change
from pytest_readiness.gather.synthesis.values import holds_text, value_for
from pytest_readiness.judges.owners.namesakes import told_apart_within
from pytest_readiness.judges.owners.parts import is_part, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field


def privileges_in(field: Field) -> Iterator[str]:
    """Yield the relations in which a row of bob's lets him read rows of others elsewhere."""
    bob, owned = field.cast.user(BOB), field.owners.owned
    for name in sorted(field.texts.deciding & owned.keys()):
        row = field.population.row(name, BOB.name)
        if row is None or owned[name].tenants or not owned[name].users:
            continue
        for other in field.texts.depending.get(name, ()):
            relation = field.catalog.relation(other)
            if relation is None or other == name or _stands_on(field, relation, name):
                continue
            read = f"{QUERY}select to_jsonb(t.*)::text from {relation.name} t"
            # What refers to his row stays, so that nothing but the row itself is away.
            alone = f"{QUIETLY}; delete from {name} where {row.where}; {AS_EVER}"
            without = field.as_superuser(alone, bob, read)
            with_it = field.as_superuser("select 1", bob, read)
            # To read of those whom his row names beside him is what a friendship is for.
            told = partial(_foreign, field, relation, but=field.labels.people(name, row.stored))
            if without.state or told(with_it) <= told(without):
                continue
            otherwise = itertools.chain(
                _with_content(field, name, read), _renumbered(field, name, relation, read)
            )
            if not any(told(one) == 0 for one in otherwise):
                yield name
                break


def _stands_on(field: Field, relation: Relation, name: str) -> bool:
    """Whether rows belong to rows of another relation, and do not only name users by it, as by a list."""
    owned = field.owners.owned.get(relation.name)
    users = owned.users if owned else ()
    refers = any(key.target == name and key.columns[0] not in users for key in relation.foreign_keys)
    return refers or is_part(field.catalog, field.texts, field.owners, relation, name)


def _with_content(field: Field, name: str, read: str) -> Iterator[Outcome]:
    """Read as bob while nothing in his row is empty: if that closes it, emptiness opened it, no privilege."""
    relation, row = field.catalog.relation(name), field.population.row(name, BOB.name)
    for column in relation.columns if relation else ():
        if row and relation and row.texts.get(column.name) in {"", "[]", "{}"}:
            filled = '["canary"]' if column.type in {"json", "jsonb"} else "{canary}"
            state = change(relation.name, column, "canary" if holds_text(column) else filled, row)
            yield field.runner.one(Attempt(field.cast.user(BOB), (read,), before=state.statements))


def _renumbered(field: Field, name: str, relation: Relation, read: str) -> Iterator[Outcome]:
    """Read as bob while his row has another number than hers: what closes then was mixed up, no privilege.

    So it was where each of both has such a number of his own.
    """
    listing, row = field.catalog.relation(name), field.population.row(name, BOB.name)
    if listing is None or row is None:
        return
    others = map(field.catalog.relation, field.texts.depends_on(relation.name) - {name})
    shared = {key for other in others if other for key in told_apart_within(other, field.owners)}
    for key in sorted(told_apart_within(listing, field.owners) & shared):
        column = listing.column(key)
        if column is None or not numbers(field.catalog, listing, column):
            continue
        value = value_for(column, field.target.seed, name, "numbered otherwise")
        if column.writable and value:
            state = change(name, column, value, row)
            yield field.runner.one(Attempt(field.cast.user(BOB), (read,), before=state.statements))


def _foreign(field: Field, relation: Relation, outcome: Outcome, but: frozenset[str]) -> int:
    """Count the rows of others, but for those of some people."""
    return sum(
        bool(field.recognition.foreign(relation, json.loads(text), BOB) - but) for text in outcome.rows
    )
