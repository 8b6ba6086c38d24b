"""Functions that say which tenant is at a public address, as a page has to know before anybody signs in."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import BOB, PEOPLE
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.judges.owners.kinds import closed
from pytest_readiness.judges.purpose.publication import is_sensitive
from pytest_readiness.judges.purpose.registries import SIGN, stands_on_doors
from pytest_readiness.judges.sql.lexis import underscored
from pytest_readiness.judges.sql.nouns import HANDLE_WORD

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Attempt, Outcome
    from pytest_readiness.gather.attacks.field import Field

_ADDRESS = re.compile(r"(^|_)(host_?(name)?|(custom_)?domain(_name)?|fqdn)$", re.IGNORECASE)
_TELLING = 3
_ELSEWHERE = ("elsewhere-7d1c.example", "elsewhere-7d1c", "elsewhere7d1c")
"""Other addresses: of a host, of a part of one, and of letters and digits alone."""


def front_door(field: Field, attempt: Attempt, outcome: Outcome, tells: Callable[[Outcome], bool]) -> str:
    """Return the column with the address by which a call found the victim's tenant, and told no more of it.

    What came out is the tenant's key, its address, and what it is called; nothing does once its address is
    another, so that whoever does not know it learns nothing. Empty where any of this does not hold.

    Args:
        field: Her rows.
        attempt: The call.
        outcome: What came of it.
        tells: Whether an outcome of the same call tells of her.
    """
    said = "\n".join(attempt.steps).lower()
    for relation, row in tenants(field):
        for column in _addresses(relation):
            address = row.texts.get(column.name)
            known = f"'{(address or '').lower()}'" in said
            if not address or not known or _shows_more(field, relation, row, outcome):
                continue
            states = (change(relation.name, column, other, row) for other in _ELSEWHERE)
            tries = (replace(attempt, before=(*attempt.before, *state.statements)) for state in states)
            hidden = next((one for _, one in field.runner.run(tries) if not one.state), None)
            if hidden and not tells(hidden):
                return f"the {column.quoted} that is asked for"
    return ""


def tenants(field: Field) -> Iterator[tuple[Relation, SyntheticRow]]:
    """Yield tables of tenants with their rows."""
    for name in field.owners.roots:
        relation = field.catalog.relation(name)
        for person in PEOPLE:
            row = field.population.row(name, person.name)
            if relation and row:
                yield relation, row


def _addresses(relation: Relation) -> list[Column]:
    alone = relation.single_keys
    named = (column for column in relation.columns if column.name in alone and column.is_text)
    return [
        c for c in named if HANDLE_WORD.search(underscored(c.name)) or _ADDRESS.search(underscored(c.name))
    ]


def _shows_more(field: Field, relation: Relation, row: SyntheticRow, outcome: Outcome) -> bool:
    """Whether anything came out that does not stand on the door."""
    return shows_more(row, outcome, {*on_the_door(field, relation, row).values()})


def on_the_door(field: Field, relation: Relation, row: SyntheticRow) -> dict[str, str]:
    """Return what a row says that stands there.

    An application that says whose a session is reads what stands on any door of its tenants, before and
    after; of columns beside that it reads none that policies keep from it.
    """
    shown = {column.name for column in (*_addresses(relation), *_signs(relation))} | {*relation.primary_key}
    if field.announces:
        listed = {column.name for column in relation.columns if closed(relation, column)}
        read = {*relation.readable.get(field.cast.user(BOB).role, ())}
        open_ = read if relation.name in field.registries.doubtful else {*stands_on_doors(relation), *listed}
        shown |= {name for name in read & open_ if not is_sensitive(name)}
    texts = {name: text for name, text in row.texts.items() if name in shown}
    return {name: text for name, text in texts.items() if text is not None and len(text) > _TELLING}


def shows_more(row: SyntheticRow, outcome: Outcome, public: Collection[str]) -> bool:
    """Whether a value of a row came out, or of a person, that is none of those that are public."""
    out = "\n".join((*outcome.rows, outcome.said, *outcome.notices))
    values = {text for text in row.texts.values() if text is not None and len(text) > _TELLING}
    private = values - {*public}
    others = {mark for mark in CANARY.findall(out) if not any(mark in text for text in public)}
    people = (key for one in PEOPLE for key in (one.uuid, one.email, str(one.number)))
    return bool(others) or any(text in out for text in (*private, *people))


def _signs(relation: Relation) -> Iterator[Column]:
    return (c for c in relation.columns if SIGN.search(underscored(c.name)) and not is_sensitive(c.name))
