"""Reads as somebody whose term is over, where policies ask that it holds now and are answered yes.

A day or an hour that is made a range without an inside is within every range, and so within any term.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.reading.empty_terms import HELD
from pytest_readiness.gather.attacks.reading.former import TERMS
from pytest_readiness.gather.attacks.states import dropped, given_states
from pytest_readiness.judges.sql.terms import lets_in_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Policy, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.former import Former
    from pytest_readiness.gather.attacks.states import State


def read_once_over(places: Former, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
    """Yield by relation what bob reads while a term holds and once it is over, by what asks for it."""
    field = places.field
    asking = {relation.name: relation for relation in relations if relation.policies}
    for relation in field.catalog.relations:
        if not any(column.type in TERMS for column in relation.columns):
            continue
        for held, end in zip(*(places.ends_in(relation, terms) for terms in (HELD, TERMS)), strict=True):
            below = places.below(end, asking) if end.term else []
            by = {one.name: _asked_by(field, one, end.column.name) for one in below}
            left = places.open([one for one in below if by[one.name]], end.over)
            during = {one.name for one, _ in places.open([one for one, _ in left], held.over)}
            for one, then in left:
                if one.name in during and not places.open([one], _without(one, by[one.name], end.over)):
                    yield one.name, given_states(then, places.bob, (end.over,))


def _asked_by(field: Field, relation: Relation, column: str) -> list[Policy]:
    """Return the policies that ask for a term now."""
    return [
        policy
        for policy in relation.shown_by
        for said in [(policy.using, *(one.body for one in field.texts.called([policy.using])))]
        if any(lets_in_now(text, column) for text in said)
    ]


def _without(relation: Relation, asking: list[Policy], over: State) -> State:
    return replace(over, statements=(*dropped(relation, asking), *over.statements))
