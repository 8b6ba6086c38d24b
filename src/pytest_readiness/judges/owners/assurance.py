"""How sure a platform is of whoever calls: it says something of all callers, and of no row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.publication import says_everybody
from pytest_readiness.judges.purpose.visibility import is_verified, is_withdrawn
from pytest_readiness.judges.sql.lexis import names
from pytest_readiness.judges.sql.nouns import TENANT_WORD

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Relation

SECOND_FACTOR = "aal2"
"""What a token says of who signed in with two factors."""


def in_good_standing(claim: str) -> bool | None:
    """Return what a claim says of an account with which nothing is amiss; None where it is no such claim."""
    if TENANT_WORD.search(claim):
        return None
    if is_withdrawn(claim):
        return False
    return True if is_verified(claim) else None


def shared_with_the_known(relation: Relation, owners: Collection[str], asked: str) -> str:
    """Return the policy that lets all read whom the platform knows, by its name; empty if none means it.

    Where another lets readers in by whose a row is, and would be for nothing, a permissive one that asks for
    the caller alone was meant to keep some out, and lets all others in, unless its name says so.

    Args:
        relation: Of which they read all rows.
        owners: Its columns that lead to whoever owns a row.
        asked: The claim that says whether they are known.
    """
    found = [p for p in relation.shown_by if asked in p.using]
    others = [p for p in relation.shown_by if p.permissive and p not in found]
    beside = any(not names(p.using).isdisjoint(owners) for p in others)
    meant = (p.name for p in found if not (p.permissive and beside) or says_everybody(p.name))
    return next(meant, "")
