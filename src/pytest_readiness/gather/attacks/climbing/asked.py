"""Asks to be let into a tenant that is open to requests, and reads what those read who were let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.climbing.action import Action
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.gates import opened
from pytest_readiness.gather.attacks.states import words_of
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.purpose.requests_to_join import asked_for
from pytest_readiness.judges.sql.lexis import strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.ownership import Membership
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values


_SAID = "by asking for a place"


def asked(field: Field) -> Iterator[Action]:
    """Yield inserts by which bob asks for a place in alice's tenant, as anybody may who finds it open."""
    for membership in field.owners.memberships:
        if relation := field.catalog.relation(membership.relation):
            text = " ".join(field.texts.run_to_write(relation.name))
            states = [(state.said, state.statements) for state in opened(field, membership.root, text)]
            words = ((c.name, word) for c in relation.columns for word in _words(field, relation, c))
            for name, word in words:
                insert = _insert(field, membership, relation, {name: word})
                touches = field.texts.touched_by(relation.name)
                for place, before in (("", ()), *states) if insert else ():
                    said = f"{_SAID} where {place}" if place else _SAID
                    yield Action(relation.name, (insert,), touches, before, asks=word, said=said)


def may_see(field: Field, word: str, name: str) -> bool:
    """Whether whoever asks by a word may see a relation: what he asks for, who is there, or what says so.

    That he may ask lets him in nowhere else, unless code says so of who asks, by the word for it.
    """
    owners, relation = field.owners, field.catalog.relation(name)
    places = {*owners.roots, *owners.people, *(one.relation for one in owners.memberships)}
    return name in places or (relation is not None and word in _said(field, relation))


def _words(field: Field, relation: Relation, column: Column) -> tuple[str, ...]:
    return asked_for(words_of(field, relation, column))


def _insert(field: Field, membership: Membership, relation: Relation, word: Values) -> str:
    """Return what inserts a row that says no more than it must; empty where he may not."""
    held, forger = relation.privileges.get(field.cast.user(BOB).role), Forger(field)
    model = forger.model(relation, ALICE)
    mine = forger.owner_keys(relation, BOB).get(membership.user)
    if held is None or model is None or mine is None or not word.keys() <= {*held.insert}:
        return ""
    said = {membership.user: mine, membership.tenant: model.get(membership.tenant), **word}
    must = {c.name for c in relation.columns if c.not_null and not c.default and c.writable}
    row: Values = {name: value for name, value in (model | said).items() if name in must | said.keys()}
    return insert_sql(relation, {name: value for name, value in row.items() if name in held.insert})


def _said(field: Field, relation: Relation) -> Iterator[str]:
    """Yield the words that what shows rows of a relation asks for."""
    using = [policy.using for policy in relation.shown_by]
    for text in (*using, *(function.body for function in field.texts.called(using))):
        yield from strings(text)
