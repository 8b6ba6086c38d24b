"""Records of deals that are done: kept for whoever paid, and nobody's to take back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.conditions import alternatives
from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Policy, Relation
    from pytest_readiness.judges.isolation.cascades import Hanging

_DEAL = re.compile(
    r"(^|_)(purchases?|payments?|receipts?|invoices?|refunds?|orders?|sales?|transactions?|payouts?|donations?)"
    r"(_(items?|lines?|positions?|receipts?|records?|history))?$",
    re.IGNORECASE,
)
"""How tables are called of which each row says what somebody paid, or has to."""

_BACKEND = re.compile(
    r"\(*(?:\(*\s*select\s+)?\(*auth\.(?:role\(\)|jwt\(\)(?:\s+as\s+\w+)?\)*\s*->>\s*'role'(?:::text)?)(?:\s+as\s+\w+)?\)*"
    r"\s*=\s*'service_role'(?:::text)?\)*",
    re.IGNORECASE,
)
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "ALL"})


def is_kept_of_a_deal(link: Hanging, clients: Collection[str]) -> bool:
    """Whether rows that go with another say what somebody paid, and no client may write or take back any.

    A basket, a bid or a booking is made and taken back by users. What the backend alone writes, it keeps.

    Args:
        link: How they refer to it.
        clients: Roles of users, and of callers without one.
    """
    child = link.child
    deal = bool(_DEAL.search(underscored(child.table))) and link.key.on_delete == "CASCADE"
    return deal and not any(_may_write(child, role) for role in clients)


def _may_write(relation: Relation, role: str) -> bool:
    """Whether a role holds the privilege, and a policy lets it use that on any row."""
    held = relation.privileges.get(role)
    if held is None or not (held.insert or held.update or "delete" in held.others):
        return False
    policies = (policy for policy in relation.policies if policy.permissive and policy.command in _WRITES)
    return not relation.rls or any(
        {role, "public"} & {*policy.roles} and not _is_the_backends(policy) for policy in policies
    )


def _is_the_backends(policy: Policy) -> bool:
    """Whether a policy lets in, by the token, a role alone that obeys none anyway."""
    said = (one for one in (policy.using, policy.check) if one)
    return all(_BACKEND.fullmatch(one) for condition in said for one in alternatives(condition))
