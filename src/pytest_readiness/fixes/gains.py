"""Changes that keep people from writing what policies ask for: ranks, memberships, tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.fixes.predicates import guarded
from pytest_readiness.fixes.system import Change
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.fixes.system import System


def changes(relation: Relation, system: System) -> Iterator[Change]:
    """Yield what may keep a relation that decides over rights from being written by those it is about."""
    yield from _columns(relation, system)
    yield from _kept(relation, system)
    for verb in ("insert", "update"):
        roles = system.held(relation, verb)
        if roles:
            revoke = f"revoke {verb} on {relation.name} from {', '.join(map(identifier, roles))}"
            yield Change((revoke,), f"lets no client {verb} rows of it", 7)


def _columns(relation: Relation, system: System) -> Iterator[Change]:
    """Yield the revocation of UPDATE on one column, the others staying as they are."""
    for column in relation.columns:
        if not system.texts.mentions(column.name):
            continue
        made = []
        for role in system.held(relation, "update"):
            held = relation.privileges[role].update
            if column.name not in held:
                continue
            rest = [c.quoted for c in relation.columns if c.name in held and c.name != column.name]
            made.append(f"revoke update on {relation.name} from {identifier(role)}")
            made += (
                [f"grant update ({', '.join(rest)}) on {relation.name} to {identifier(role)}"] if rest else []
            )
        if made:
            yield Change(tuple(made), f"keeps {column.name} from being updated by clients", 3)


def _kept(relation: Relation, system: System) -> Iterator[Change]:
    """Yield policies that let nobody write rows which are not his own."""
    for place, condition in enumerate(guarded(relation, system)):
        made = [
            f"create policy {identifier(f'{verb} none but own rows')} on {relation.name} as restrictive "
            f"for {verb} to {', '.join(map(identifier, roles))} with check ({condition})"
            for verb in ("insert", "update")
            if (roles := system.held(relation, verb))
        ]
        if made and relation.rls:
            yield Change(tuple(made), "adds that a row which is written is the caller's", 5 + place)
