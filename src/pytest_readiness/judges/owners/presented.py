"""Columns that are compared with a header of the request, where a list says who belongs to what it names.

A header that is no tenant's by its name may be a token, or say what somebody likes to see. Where rows are
for signed-in users alone, and the backend keeps a list of users by the very same column, it says in whose
name somebody asks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.ownership import Membership
from pytest_readiness.judges.owners.identities import caller_pattern
from pytest_readiness.judges.owners.makers import written
from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.comparisons import comparisons_with
from pytest_readiness.judges.sql.lexis import last_name, plain, word
from pytest_readiness.judges.sql.requests import HEADER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Policy, Relation
    from pytest_readiness.judges.sql.texts import Texts

_SPACE = re.compile(r"\s+")
_PRESENTED = r"request\.headers"
_NO_TENANT = re.compile(
    r"token|secret|code|hash|otp|password|pin|signature|nonce|(^|_)(api_?key|lang(uage)?|locale|currency|theme|"
    r"region|countr(y|ies)|city|zone|market|channel|version|device|platform)(_|$)",
    re.IGNORECASE,
)
"""How columns are called whose values only their holders know, or that say what somebody likes to see."""

_CALLERS = frozenset({"anon", "public"})


def presented(catalog: CatalogEvidence, texts: Texts) -> frozenset[tuple[str, str]]:
    """Return the columns, as name and type, that policies for users alone compare with a header."""
    return frozenset(_presented(catalog, texts))


def list_of(relation: Relation, user: str, named: frozenset[tuple[str, str]]) -> Membership | None:
    """Return a list that has each pair of a user and such a column once, and that no client writes.

    Who puts himself on a list says there what he likes.

    Args:
        relation: That may be one.
        user: Its column that holds a user's key.
        named: Names and types of columns that are compared with a header.
    """
    together = [{*columns} for columns in relation.all_keys]
    for column in relation.columns:
        paired = {user, column.name} in together and column.name != user
        if paired and (column.name, column.type) in named and not written(relation):
            return Membership(relation.name, user, column.name, "")
    return None


def _presented(catalog: CatalogEvidence, texts: Texts) -> Iterator[tuple[str, str]]:
    bodies = {last_name(f.name): plain(f.body) for f in catalog.functions if not f.arguments}
    asking = {name for name, body in bodies.items() if HEADER.search(body)}
    called = (rf"\b{re.escape(word(name))}\b" for name in sorted(asking))
    named = re.compile("|".join([_PRESENTED, *called]), re.IGNORECASE)
    said = [
        (relation, _SPACE.sub(" ", plain(policy.using)))
        for relation in catalog.relations
        for policy in relation.policies
        if relation.kind in TABLE_KINDS and _is_for_users(policy) and named.search(plain(policy.using))
    ]
    patterns = comparisons_with(caller_pattern(asking)) if said else ()
    for relation, text in said:
        names = Names(catalog, texts, relation, text)
        for found in (found for pattern in patterns for found in pattern.finditer(text)):
            for name, column in names.places(found["column_of"], found["column"]):
                known = relation.column(column) if name == relation.name else None
                if known and named.search(found["caller"]) and not _NO_TENANT.search(column):
                    yield known.name, known.type


def _is_for_users(policy: Policy) -> bool:
    return policy.permissive and not _CALLERS & {*policy.roles}
