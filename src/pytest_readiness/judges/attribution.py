"""Judges whom an entry names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.audit import Claim
    from pytest_readiness.evidence.catalog import Relation


LATER = "the rest of the transaction"
"""What a claim is about that was made after the write, before the transaction ended."""


def misnamed(claim: Claim) -> str:
    """Say what is wrong with whom an entry names; empty when nothing is."""
    what = f"A change of {claim.table} by {claim.who}"
    if claim.lie:
        return f"{what} {_believed(claim)}." if claim.said and claim.lie in claim.said else ""
    if claim.said == "":
        return f"{what} names nobody: {claim.field} in {claim.log} is the empty string."
    if claim.truth and claim.said is not None and claim.said.startswith("("):
        return ""  # no entry, which another check tells
    if claim.truth and not any(text and text in (claim.said or "") for text in claim.truth):
        said = f"{claim.said!r}" if claim.said is not None else "nothing"
        return f"{what} has {said} for {claim.field} in {claim.log}."
    return ""


def may_update(relation: Relation, role: str, above: Collection[str]) -> bool:
    """Whether a role may change rows of a table, its own or another's.

    Without a policy that lets anybody change one the right is held in vain: only the backend writes there.

    Args:
        relation: With the rights of each role, those that it inherits among them.
        role: A client's.
        above: The roles that it is a member of, whose policies let it in too.
    """
    held = relation.privileges.get(role)
    bound = {"public", role, *above}
    let = (p for p in relation.policies if p.permissive and p.command in {"ALL", "UPDATE"})
    return bool(held and held.update) and (
        not relation.rls or any(bound.intersection(policy.roles) for policy in let)
    )


def _believed(claim: Claim) -> str:
    if claim.about == LATER:
        return f"has for {claim.field} in {claim.log} whoever came after it in the transaction"
    return f"after a false word in {claim.about} has it for {claim.field} in {claim.log}"
