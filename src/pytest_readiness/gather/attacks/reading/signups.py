"""What somebody gets who signs up and says of himself what the target's own code believes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, MALLORY
from pytest_readiness.gather.attacks.states import words_of
from pytest_readiness.gather.synthesis import platform
from pytest_readiness.judges.isolation.believed_signups import believed, believing
from pytest_readiness.judges.sql.nouns import TENANT_WORD
from pytest_readiness.judges.sql.requests import said_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.isolation.believed_signups import Believed
    from pytest_readiness.target.identities import Identity

_TRIGGERS = """
select format('trigger %%I on %%s', t.tgname, t.tgrelid::regclass) from pg_trigger t
where t.tgfoid = %s::regprocedure and not t.tgisinternal
order by t.tgname
"""
_RIGHT = re.compile(r"role|admin|staff|rank|level|plan|tier|type|perm", re.IGNORECASE)
_GRAND = ("admin", "owner", "staff")
_MOST = 8


@dataclass(frozen=True, slots=True)
class SignUp:
    """An account that somebody made for himself.

    Attributes:
        statement: By which the platform writes it down.
        identity: Who acts.
        chosen: What he said of himself, by the keys that code asks for.
        believed: The code that takes it over.
    """

    statement: str
    identity: Identity
    chosen: dict[str, object]
    believed: Believed


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
        statement = platform.sign_up(users, columns, MALLORY, said)
        identity = field.cast.user(MALLORY, name, user_metadata=said)
        yield SignUp(statement, identity, chosen, _believed(field, chosen))


def _believed(field: Field, chosen: Mapping[str, object]) -> Believed:
    functions = believing(field.catalog.functions, chosen)
    return believed(functions, chosen, (said for one in functions for said in _triggers(field, one)))


def _triggers(field: Field, function: Function) -> list[str]:
    """Return the triggers that run a function, for people."""
    if not function.attached:
        return []
    return [said for (said,) in field.runner.connection.execute(_TRIGGERS, (function.signature,)).fetchall()]


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
