"""Seats in a tenant that somebody is given, with one word or another that says what he is there."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import BOB, MALLORY
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, State, words_of
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.ownership import Membership
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values

_MOST = 10
"""Words by which seats in one relation differ that are tried."""


def colleagues(field: Field) -> Iterator[State]:
    """Yield states in which somebody in bob's tenant is one thing or another there.

    What forgets to say whose rank it asks for finds his, wherever bob may see who his colleagues are.
    """
    for membership, relation in _belonging(field):
        for column, value in ranks_of(field, relation):
            if given := seat(field, membership, MALLORY, BOB, {column.name: value}):
                said = f"a colleague with {column.quoted} = {literal(value)} in {relation.name}"
                yield State(relation.name, said, given)


def seats_alike(
    field: Field, who: Person, beside: Person, among: Container[str]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield the relation, a word and what gives somebody a seat with this word in another's tenant."""
    for membership, relation in _belonging(field):
        for column, value in ranks_of(field, relation) if relation.name in among else ():
            if given := seat(field, membership, who, beside, {column.name: value}):
                yield relation.name, f"{column.quoted} = {literal(value)}", given


def seat(field: Field, membership: Membership, who: Person, beside: Person, said: Values) -> tuple[str, ...]:
    """Return what gives somebody a seat like another's, instead of his own in the same relation."""
    relation, forger = field.catalog.relation(membership.relation), Forger(field)
    model = forger.model(relation, beside) if relation else None
    name = forger.owner_keys(relation, who).get(membership.user) if relation else None
    if relation is None or model is None or name is None:
        return ()
    own = field.population.row(relation.name, who.name)
    left = (f"delete from {relation.name} where {own.where}",) if own else ()
    row = model | {membership.user: name} | said
    return (QUIETLY, *left, insert_sql(relation, row), AS_EVER)


def ranks_of(field: Field, relation: Relation) -> list[tuple[Column, str]]:
    """Return the words that code asks for in rows of a relation, and its switches, turned on."""
    return list(itertools.islice(_ranks_of(field, relation), _MOST))


def _ranks_of(field: Field, relation: Relation) -> Iterator[tuple[Column, str]]:
    owned, asked = field.owners.owned.get(relation.name), field.texts.asked(relation.name)
    kept = {name for key in relation.foreign_keys for name in key.columns} | {
        *(owned.columns if owned else ())
    }
    for column in relation.columns:
        if column.name in kept or column.generated or (asked is not None and column.name not in asked):
            continue
        if column.type == "boolean":
            yield column, "true"
        elif holds_text(column) or column.kind == "e":
            yield from ((column, value) for value in words_of(field, relation, column))


def _belonging(field: Field) -> Iterator[tuple[Membership, Relation]]:
    for membership in field.owners.memberships:
        if relation := field.catalog.relation(membership.relation):
            yield membership, relation
