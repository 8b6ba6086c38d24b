"""Changes to roles, which all databases of a server share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.fixes.system import Change
from pytest_readiness.judges.sql.memberships import above
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.fixes.system import System


def changes(subject: str, system: System) -> Iterator[Change]:
    """Yield what may keep a role, or a role that another may become, from reading past policies."""
    name, _, other = subject.partition(" as ")
    role = system.role(name)
    if role is None:
        return
    if other:
        yield from _apart(name, other, system)
        return
    if role.bypasses:
        yield Change((f"alter role {identifier(name)} nobypassrls",), "obeys policies", 1, cluster=True)
    for parent in role.member_of:
        revoke = f"revoke {identifier(parent)} from {identifier(name)}"
        yield Change((revoke,), f"is no member of {parent} any more", 3, cluster=True)


def _apart(name: str, other: str, system: System) -> Iterator[Change]:
    """Yield the revocation of the membership that leads from one role to another."""
    for current in (name, *above(name, system.catalog.roles)):
        role = system.role(current)
        if role and other in role.member_of:
            revoke = f"revoke {identifier(other)} from {identifier(current)}"
            yield Change((revoke,), f"{current} cannot become {other} any more", 1, cluster=True)
