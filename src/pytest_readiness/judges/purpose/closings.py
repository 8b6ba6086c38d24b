"""What is closed to all clients, because nothing opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Relation

_VERBS = frozenset({"INSERT", "UPDATE", "DELETE"})


def lacked(relation: Relation, verb: str, clients: Collection[str]) -> str:
    """Return what no client has for a verb: ``policy``, or ``grant``; empty where one has both."""
    if verb not in _VERBS:
        return ""
    if not any(_holds(relation, verb, role) for role in clients):
        return "grant"
    # Whom a policy is for may be one whose rights a client has.
    lets = any(policy.permissive and policy.command in {verb, "ALL"} for policy in relation.policies)
    return "policy" if relation.rls and not lets else ""


def _holds(relation: Relation, verb: str, role: str) -> bool:
    held = relation.privileges.get(role)
    if held is None:
        return False
    return bool({"INSERT": held.insert, "UPDATE": held.update}.get(verb, "delete" in held.others))
