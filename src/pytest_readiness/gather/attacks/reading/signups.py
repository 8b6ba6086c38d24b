"""What somebody gets who signs up and says of himself what the target's own code believes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, MALLORY
from pytest_readiness.gather.attacks.states import words_of
from pytest_readiness.gather.synthesis import platform
from pytest_readiness.judges.sql.nouns import TENANT_WORD
from pytest_readiness.judges.sql.requests import said_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

_RIGHT = re.compile(r"role|admin|staff|rank|level|plan|tier|type|perm", re.IGNORECASE)
_GRAND = ("admin", "owner", "staff")
_MOST = 8


@dataclass(frozen=True, slots=True)
class SignUp:
    """An account that somebody made for himself.

    Attributes:
        statement: By which the platform writes it down.
        identity: Who acts.
    """

    statement: str
    identity: Identity


def sign_ups(field: Field) -> Iterator[SignUp]:
    """Yield accounts whose owner chose, when he signed up, a role or a tenant that code takes over."""
    users = field.target.profile.users
    asked = {claim.name: claim.listed for claim in said_in(f.body for f in field.catalog.functions)}
    if not users or not asked:
        return
    plainly: dict[str, object] = dict.fromkeys(asked, MALLORY.name)
    tenant = field.cast.tenant_key(ALICE.tenant) if ALICE.tenant else ""
    named = {key: listed for key, listed in asked.items() if TENANT_WORD.search(key)}
    hers: dict[str, object] = {key: [tenant] if listed else tenant for key, listed in named.items()}
    ranks: list[dict[str, object]] = [
        {key: value} for key in asked if _RIGHT.search(key) for value in _values(field, key)
    ]
    columns = platform.columns_of(field.runner.connection, users)
    both = [{**hers, **rank} for rank in ranks[:1]]
    for chosen in [*ranks[:_MOST], *([hers, *both] if hers else [])]:
        said = {**plainly, **chosen}
        name = f"{MALLORY.name}, who signed up with {json.dumps(chosen)},"
        yield SignUp(
            platform.sign_up(users, columns, MALLORY, said),
            field.cast.user(MALLORY, name, user_metadata=said),
        )


def _values(field: Field, key: str) -> list[str]:
    """Return what a column of that name takes, in the tables that code mentions; else what sounds grand."""
    known = [
        value
        for relation in field.catalog.relations
        for column in relation.columns
        if column.name == key and column.type != "boolean"
        for value in words_of(field, relation, column)
        if value not in column.default
    ]
    return list(dict.fromkeys(known)) or [*_GRAND, "true"]
