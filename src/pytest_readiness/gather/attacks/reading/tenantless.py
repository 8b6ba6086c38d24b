"""Reads rows that lie in no tenant as somebody who is in none: two unknowns may be taken for the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, NEWCOMER
from pytest_readiness.gather.attacks.asked_states import besides, named
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import as_hers, change, given_states, statements_of
from pytest_readiness.judges.sql.lexis import plain, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome, Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading
    from pytest_readiness.gather.attacks.states import State

_MOST = 16
"""States in which one relation is read."""


def read_without_tenant(
    field: Field, relation: Relation, row: SyntheticRow | None, reading: Reading
) -> Talk[tuple[Read, ...]]:
    """Read as a newcomer, who is in no tenant, while rows of hers name no tenant.

    A row that bob reads as well then may be meant for everybody. One that names her and that she does not
    see herself is in no state that comes about; one that names nobody is for nobody who is outside.
    """
    newcomer, bob, alice = (field.cast.user(person) for person in (NEWCOMER, BOB, ALICE))
    if newcomer.role not in relation.readable:
        return ()
    below = sorted(field.texts.depends_on(relation.name) - {relation.name})
    # What a policy asks of the rows that decide is seen where they are read themselves.
    asked = [
        *in_no_tenant(field, relation.name),
        *(s for name in below for s in in_no_tenant(field, name)[:1]),
    ]
    asked = asked[:_MOST]
    outcomes = yield [Attempt(newcomer, (read(relation),), before=statements_of(one)) for one in asked]
    leaks: list[tuple[tuple[State, ...], Outcome, Read]] = []
    for states, outcome in zip(asked, outcomes, strict=True):
        is_itself = states[0].relation == relation.name
        told = as_hers(relation, row, states[0], outcome) if row and is_itself else outcome
        if (leak := reading(relation, newcomer, NEWCOMER, told, row)).foreign:
            leaks.append((states, outcome, leak))
    if not leaks:
        return ()
    controls = yield [
        Attempt(actor, (read(relation),), before=statements_of(states))
        for states, _, _ in leaks
        for actor in (bob, alice)
    ]
    found: list[Read] = []
    for (states, outcome, leak), members, owners in zip(leaks, controls[::2], controls[1::2], strict=True):
        by_owner, by_member = ({*outcome.rows} & {*other.rows} for other in (owners, members))
        meant = by_member or reading(relation, bob, BOB, members, row).foreign
        if not meant and bool(by_owner) == _names_her(field, states[0]):
            found.append(given_states(leak, newcomer, states))
    return tuple(found)


def _names_her(field: Field, state: State) -> bool:
    row, owned = field.population.row(state.relation, ALICE.name), field.owners.owned.get(state.relation)
    return bool(row and owned and any(row.texts.get(user) is not None for user in owned.users))


def in_no_tenant(field: Field, name: str) -> list[tuple[State, ...]]:
    """Return the states of alice's row in which it names no tenant, as it is and as policies ask."""
    return sorted(_in_no_tenant(field, name), key=len)


def _in_no_tenant(field: Field, name: str) -> Iterator[tuple[State, ...]]:
    relation, row = field.catalog.relation(name), field.population.row(name, ALICE.name)
    owned = field.owners.owned.get(name)
    if relation is None or row is None or owned is None or relation.kind not in TABLE_KINDS:
        return
    using = " ".join(policy.using for policy in relation.policies)
    for tenant in owned.tenants:
        column = relation.column(tenant)
        meant = asks_for_nobody(relation, tenant)
        if column is None or column.not_null or row.texts.get(tenant) is None or meant:
            continue
        nowhere = change(name, column, None, row)
        yield (nowhere,)
        for state in (*named(field, relation, using), *besides(field, relation, using)):
            yield (nowhere, state)


def asks_for_nobody(relation: Relation, owner: str) -> bool:
    """Whether policies say in so many words who sees rows that name no owner."""
    shows = (p for p in relation.policies if p.permissive and p.command in {"SELECT", "ALL"})
    using = plain(" ".join(policy.using for policy in shows))
    return bool(re.search(rf"(?<!\w){re.escape(word(owner))}\)*\s+is\s+null", using, re.IGNORECASE))
