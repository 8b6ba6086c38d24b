"""Reads the tables of one tenant's schema as the login of another, where each has a schema of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.judges.owners.schemas_alike import homes
from pytest_readiness.target.identities import SUPERUSER, Identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.field import Field

_LOGINS = 6
"""Tenants whose schemas are tried; those of many are made alike."""


def strange_schemas(field: Field) -> Iterator[Assault]:
    """Yield what a login reads in each schema that is another's, of what has rows and its own login reads."""
    found = [*homes(field.catalog.relations, field.catalog.roles).items()][:_LOGINS]
    for owner, (schema, tables) in found:
        held = [table for table in tables if _reads(field, SUPERUSER, table)]
        for other in (login for login, _ in found if login != owner):
            actor = Identity(other, other, other, ())
            own = Identity(owner, owner, owner, ())
            open_ = [one for one in held if _reads(field, own, one) and _reads(field, actor, one)]
            harms = tuple(_harm(field, actor, one, owner) for one in open_[:1])
            yield Assault(f"{schema}, as {other}", "ROLE", len(held), harms)


def _reads(field: Field, actor: Identity, table: Relation) -> bool:
    outcome = field.runner.one(Attempt(actor, (f"select 1 from {table.name} limit 1",)))
    return not outcome.state and bool(outcome.touched or outcome.rows)


def _harm(field: Field, actor: Identity, table: Relation, owner: str) -> Harm:
    look = f"select * from {table.name}"
    script = field.script(table.name, actor, (look,), "select 1")
    mend = f"Grant what is in {table.schema} to {owner} alone, and to no group that {actor.name} is in."
    by = f"{table.schema} is called like {owner}, has the tables of each, and is open to {actor.name}"
    return Harm(actor.name, "bypassed", table.name, owner, "whatever is in it", script, by, mend)
