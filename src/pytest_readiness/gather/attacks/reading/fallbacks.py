"""Reads as callers who bring no tenant, while alice's row is in the one that code takes them to be of."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB, NEWCOMER
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import as_hers, change, given_states
from pytest_readiness.judges.owners.fallbacks import fallbacks, may_hold, named_beside
from pytest_readiness.judges.sql.lexis import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading
    from pytest_readiness.gather.attacks.states import State

_MOST = 6
"""States in which one relation is read."""


def read_with_fallbacks(
    field: Field, relation: Relation, row: SyntheticRow | None, reading: Reading
) -> Talk[tuple[Read, ...]]:
    """Read as those who bring no tenant, while hers has the key that code gives them instead.

    A row that bob reads as well then is in a tenant that is for everybody.
    """
    states = list(itertools.islice(_states(field, relation, row), _MOST)) if row else []
    callers = [(field.cast.user(NEWCOMER), NEWCOMER), *((nobody, None) for nobody in field.cast.nobody())]
    callers = [(actor, person) for actor, person in callers if actor.role in relation.readable]
    pairs = list(itertools.product(states, callers))
    if row is None or not pairs:
        return ()
    look = (read(relation),)
    bob = field.cast.user(BOB)
    members = yield [Attempt(bob, look, before=state.statements) for state in states]
    meant = {
        state.value
        for state, outcome in zip(states, members, strict=True)
        if reading(relation, bob, BOB, as_hers(relation, row, state, outcome), row).foreign
    }
    outcomes = yield [Attempt(actor, look, before=state.statements) for state, (actor, _) in pairs]
    found: list[Read] = []
    for (state, (actor, person)), outcome in zip(pairs, outcomes, strict=True):
        leak = reading(relation, actor, person, as_hers(relation, row, state, outcome), row)
        if leak.foreign and state.value not in meant:
            found.append(given_states(leak, actor, (state,)))
    return tuple(found)


def _states(field: Field, relation: Relation, row: SyntheticRow | None) -> Iterator[State]:
    """Yield the states in which alice's row lies in such a tenant."""
    owned = field.owners.owned.get(relation.name)
    if row is None or owned is None or not row.where or relation.kind not in TABLE_KINDS:
        return
    keys = _keys(field, relation, owned.tenants) if owned.tenants else ()
    for column in filter(None, map(relation.column, owned.tenants)):
        if not column.generated and column.name not in {name for name, _, _ in owned.paths}:
            yield from (change(relation.name, column, key, row) for key in keys if may_hold(column, key))


def _keys(field: Field, relation: Relation, tenants: tuple[str, ...]) -> tuple[str, ...]:
    texts = field.texts.run_to_read(relation.name)
    named = named_beside(texts, tenants)
    keying = [one.body for one in field.texts.called(texts) if last_name(one.name) in named]
    return fallbacks(texts, (*keying, *(one.body for one in field.texts.called(keying))))
