"""Tells which roles a role is a member of, directly and through others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation, Role


def above(name: str, roles: Iterable[Role]) -> tuple[str, ...]:
    """Return all roles that a role may become, the nearest first, without itself."""
    return tuple(_ways(name, roles))[1:]


def way(name: str, other: str, roles: Iterable[Role]) -> tuple[str, ...]:
    """Return the roles by way of which a role may become another, both included; nothing if it may not."""
    return _ways(name, roles).get(other, ())


def unbound(name: str, catalog: CatalogEvidence) -> str:
    """Say why no policy binds a role; empty where one may."""
    role = next((role for role in catalog.roles if role.name == name), None)
    if role and role.superuser:
        return "a superuser"
    if role and role.bypasses:
        return "which no policy binds"
    if name == "pg_read_all_data":
        return "which reads every table that no policy guards"
    owned = [relation.name for relation in catalog.relations if relation.exempt == name]
    return f"which owns {owned[0]}, whose policies do not bind it" if owned else ""


def is_bound(login: str, catalog: CatalogEvidence) -> bool:
    """Whether policies are there for a login: one names it, or it may become what a user is."""
    named = {name for relation in catalog.relations for policy in relation.policies for name in policy.roles}
    return login in named or not {*catalog.clients}.isdisjoint(above(login, catalog.roles))


def is_staff(name: str, relation: Relation, catalog: CatalogEvidence) -> bool:
    """Whether a role is there for more than its own rows, where each user has a role in a group of theirs.

    It is in another group than users are, or in none of theirs and policies name it or a group of it.
    """
    groups, theirs = {*above(name, catalog.roles)}, {*catalog.clients}
    common = theirs.union(*(above(client, catalog.roles) for client in theirs))
    if theirs & {name, *groups}:
        return bool(groups - common)
    named = {role for policy in relation.policies if policy.permissive for role in policy.roles}
    return bool(named & {name, *groups})


def is_held_back(name: str, catalog: CatalogEvidence) -> bool:
    """Whether policies ask something of a role, or of what it may become: not all rows are its."""
    roles = {name, *above(name, catalog.roles)}
    asked = {
        role
        for relation in catalog.relations
        for policy in relation.policies
        if {policy.using, policy.check} - {"", "true"}
        for role in policy.roles
    }
    return not roles.isdisjoint({*catalog.clients, *asked})


def is_anybodys(name: str, roles: Iterable[Role], users: Iterable[str]) -> bool:
    """Whether somebody is a role or may become it: one of these users, or a login that is no superuser.

    Args:
        name: Of the role.
        roles: All of the server but those that nobody of the project's is, such as the platform's.
        users: Roles that requests run as, whoever logs in.
    """
    known = tuple(roles)
    logins = {role.name for role in known if role.login and not role.superuser}
    return any(name in {user, *above(user, known)} for user in {*users, *logins})


def is_named_in_vain(relation: Relation, catalog: CatalogEvidence) -> bool:
    """Whether a table's policies ask something of its owner by name, and do not bind that role.

    The owner is one that somebody can log in as, and no client: what a client reads is judged elsewhere.
    """
    name = relation.exempt
    named = [policy for policy in relation.policies if name in policy.roles]
    asked = any({policy.using, policy.check} - {"", "true"} for policy in named)
    users = {
        role.name
        for role in catalog.roles
        if role.login and name in {role.name, *above(role.name, catalog.roles)}
    }
    free = {role.name for role in catalog.roles if role.superuser or role.bypasses}
    return asked and bool(users) and name not in {*catalog.clients, *free}


def _ways(name: str, roles: Iterable[Role]) -> dict[str, tuple[str, ...]]:
    member_of = {role.name: role.member_of for role in roles}
    found: dict[str, tuple[str, ...]] = {name: (name,)}
    todo = [name]
    while todo:
        current = todo.pop(0)
        new = [role for role in member_of.get(current, ()) if role not in found]
        found |= {role: (*found[current], role) for role in new}
        todo += new
    return found
