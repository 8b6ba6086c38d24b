"""Tells which roles a role is a member of, directly and through others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Role


def above(name: str, roles: Iterable[Role]) -> tuple[str, ...]:
    """Return all roles that a role may become, the nearest first, without itself."""
    member_of = {role.name: role.member_of for role in roles}
    found = {name: None}
    todo = [name]
    while todo:
        new = [role for role in member_of.get(todo.pop(0), ()) if role not in found]
        found |= dict.fromkeys(new)
        todo += new
    return tuple(found)[1:]
