"""In which form code takes what tokens say: the server tells it where one that was made up has another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.cast import Cast
from pytest_readiness.judges.sql.requests import claims_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.field import Field

_ASKED_FOR = re.compile(r'^invalid input (?:syntax for type|value for enum) (.+?): "')


def forms_of_claims(field: Field) -> dict[tuple[str, str], str]:
    """Return by where a claim stands and how it is called the type that policies take it for."""
    found: dict[tuple[str, str], str] = {}
    if not any(field.cast.claim(claim, ALICE) is not None for claim in field.texts.claims):
        return found
    for relation in field.catalog.relations:
        if relation.policies and relation.kind in TABLE_KINDS:
            while learned := next(_learned(field, relation, found), None):
                found |= learned
    return found


def _learned(
    field: Field, relation: Relation, known: Mapping[tuple[str, str], str]
) -> Iterator[dict[tuple[str, str], str]]:
    """Yield the claim that keeps alice from reading and its type, once it does so no more in that form.

    What fails in that form as well, and not over another claim, says nothing of the form.
    """
    message, invented = _complaint(field, relation, known)
    asked_for = _ASKED_FOR.match(message) if invented else None
    for claim in claims_in(field.texts.run_to_read(relation.name)) if asked_for else ():
        key = claim.within, claim.name
        if asked_for and key not in known:
            form = {key: asked_for[1]}
            then, other = _complaint(field, relation, {**known, **form})
            if not then or (other and then != message):
                yield form


def _complaint(field: Field, relation: Relation, forms: Mapping[tuple[str, str], str]) -> tuple[str, bool]:
    """Return what the server says when alice reads a relation, and whether it is over a claim of hers."""
    cast = Cast(field.target, field.catalog, field.texts, field.owners)
    cast.forms = forms
    cast.spelt = field.cast.spelt
    alice = cast.user(ALICE)
    if alice.role not in relation.readable:
        return "", False
    outcome = field.runner.one(Attempt(alice, (f"{QUERY}select 1 from {relation.name}",)))
    texts = field.texts.run_to_read(relation.name)
    return outcome.message, cast.invented(ALICE, outcome.state, outcome.message, texts)
