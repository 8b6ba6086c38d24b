"""Reads the tables of one tenant's schema as the login of another, where each has a schema of its own."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.judges.owners.schemas_alike import homes
from pytest_readiness.target.identities import SUPERUSER, Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.field import Field

_LOGINS = 6
"""Tenants whose schemas are tried; those of many are made alike."""


def strange_schemas(field: Field) -> Iterator[Assault]:
    """Yield what a login reads in each schema that is another's, of what has rows and its own login reads."""
    found = [*homes(field.catalog.relations, field.catalog.roles).items()][:_LOGINS]
    for owner, (schema, tables) in found:
        held = [*_read(field, SUPERUSER, tables)]
        own = [*_read(field, Identity(owner, owner, owner, ()), held)]
        for other in (login for login, _ in found if login != owner):
            actor = Identity(other, other, other, ())
            open_ = itertools.islice(_read(field, actor, own), 1)
            harms = tuple(_harm(field, actor, one, owner) for one in open_)
            yield Assault(f"{schema}, as {other}", "ROLE", len(held), harms)


def _read(field: Field, actor: Identity, tables: Iterable[Relation]) -> Iterator[Relation]:
    """Yield the tables in which an actor reads any row."""
    looks = (Attempt(actor, (f"select 1 from {one.name} limit 1",), about=one) for one in tables)
    for attempt, outcome in field.runner.run(looks):
        if not outcome.state and (outcome.touched or outcome.rows):
            yield attempt.about


def _harm(field: Field, actor: Identity, table: Relation, owner: str) -> Harm:
    look = f"select * from {table.name}"
    script = field.script(table.name, actor, (look,), "select 1")
    mend = f"Grant what is in {table.schema} to {owner} alone, and to no group that {actor.name} is in."
    by = f"{table.schema} is called like {owner}, has the tables of each, and is open to {actor.name}"
    return Harm(actor.name, "bypassed", table.name, owner, "whatever is in it", script, by, mend)
