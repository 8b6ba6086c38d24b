"""What tokens say people are in their tenants, where nobody sees even his own without that."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.cast import Cast
from pytest_readiness.judges.sql.lexis import last_name, strings
from pytest_readiness.judges.sql.lexis import names as names_in
from pytest_readiness.judges.sql.requests import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.sql.requests import Claim

_MOST = 16
"""Values of one claim that are tried."""


def standing(field: Field) -> dict[tuple[str, str], str]:
    """Return by claim the value with which alice reads most that she does not without, and that bob does not.

    Whoever reads all rows of others by one is above all tenants, and no member of one.
    """
    found: dict[tuple[str, str], str] = {}
    looks = dict(_unseen(field)) if any(_claims(field)) else {}
    for claim in _claims(field) if looks else ():
        opened = {
            value: _opened(field, looks, found | {(claim.within, claim.name): value})
            for value in _values(field, claim)
        }
        best = max(opened, key=lambda value: len(opened[value]), default="")
        if best and opened[best]:
            found[claim.within, claim.name] = best
            looks = {name: look for name, look in looks.items() if name not in opened[best]}
    return found


def _claims(field: Field) -> Iterator[Claim]:
    return (claim for claim in field.texts.claims if field.cast.says_rank(claim))


def _unseen(field: Field) -> Iterator[tuple[str, str]]:
    """Yield the relations whose row of alice's she does not see, with what looks for it."""
    alice = field.cast.user(ALICE)
    for relation in field.catalog.relations:
        row = field.population.row(relation.name, ALICE.name)
        if row and row.where and relation.kind in TABLE_KINDS and alice.role in relation.readable:
            look = f"{QUERY}select 1 from {relation.name} where {row.where}"
            outcome = field.runner.one(Attempt(alice, (look,)))
            if not outcome.rows and not outcome.state:
                yield relation.name, look


def _values(field: Field, claim: Claim) -> list[str]:
    """Return the texts beside a claim, those behind it first, and the words of types and lists there."""
    said = [text for text in field.texts.all() if f"'{claim.name}'" in text]
    behind = [one for text in said for one in strings(text[text.find(f"'{claim.name}'") :])]
    before = [one for text in said for one in strings(text)]
    names = {*METADATA, *(one.name for one in field.texts.claims)}
    every = dict.fromkeys((*behind, *before, *_listed(field, said)))
    return [one for one in every if one and "." not in one and one not in names][:_MOST]


def _listed(field: Field, said: list[str]) -> Iterator[str]:
    """Yield the labels of enums that texts name, and the words in lists of all tenants that they look at."""
    types = {name for text in said for name in names_in(text)}
    for relation in field.catalog.relations:
        for column in relation.columns:
            if column.kind == "e" and last_name(column.type) in types:
                yield from column.labels
    looked_at = {name for text in said for name in field.texts.mentioned(text)} & field.owners.nobodys
    for relation in filter(None, map(field.catalog.relation, sorted(looked_at))):
        for column in relation.columns:
            words = Counter(row[column.name] for row in field.population.held.get(relation.name, ()))
            yield from (word for word, _ in words.most_common() if column.is_text and word)


def _opened(field: Field, looks: Mapping[str, str], ranks: dict[tuple[str, str], str]) -> frozenset[str]:
    """Return the relations that claims open to alice, and whose row of hers they do not open to bob."""
    cast = Cast(field.target, field.catalog, field.texts, field.owners, ranks)
    cast.forms = field.cast.forms
    cast.spelt = field.cast.spelt
    seen = {
        person: {
            attempt.about
            for attempt, outcome in field.runner.run(
                Attempt(cast.user(person), (look,), about=name) for name, look in looks.items()
            )
            if outcome.rows and not outcome.state
        }
        for person in (ALICE, BOB)
    }
    return frozenset(seen[ALICE] - seen[BOB])
