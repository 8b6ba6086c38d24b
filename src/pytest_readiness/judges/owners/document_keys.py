"""Whose a row is by what stands in a JSON document of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.ownership import DocumentKey, Who
from pytest_readiness.judges.owners.identities import PRESENTED, SIGNED_IN, chooses_tenant, says_rank
from pytest_readiness.judges.sql.lexis import plain, word
from pytest_readiness.judges.sql.nouns import TENANT_WORD, USER_NAME, USER_WORD
from pytest_readiness.judges.sql.requests import claims_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.judges.owners.identities import Caller

_CALLER = r"\(*\s*(?:select\s+)?\(*auth\.uid\(\)(?:\s+as\s+\w+)?\)*(?:::\w+)?\)*"
_JSON = frozenset({"json", "jsonb"})


def document_keys(relation: Relation, caller: Caller, tenants: str) -> Iterator[DocumentKey]:
    """Yield the keys of documents that policies compare with the caller, or that are called like an owner's.

    Args:
        relation: Whose policies are read.
        caller: What stands for whoever calls, and whom that names.
        tenants: The type of tenants' keys, for those of which a policy does not say theirs.
    """
    said = plain(" ".join(f"{policy.using} {policy.check}" for policy in relation.policies))
    for column in relation.columns if "->>" in said else ():
        found: dict[str, DocumentKey] = {}
        for key in _read(column, said, caller, tenants) if column.type in _JSON else ():
            if key.name not in found or key.compared:
                found[key.name] = key
        yield from found.values()


def is_caller(relation: Relation, column: Column) -> bool:
    """Whether all that policies say of a column is that it is the caller: an account of somebody's own."""
    said = plain(" ".join(f"{policy.using} {policy.check}" for policy in relation.policies))
    name = rf"(?<!\w){word(column.name)}(?!\w)"
    compared = re.findall(rf"{_CALLER}\s*=\s*{name}|{name}\s*=\s*{_CALLER}", said, re.IGNORECASE)
    return bool(compared) and len(compared) == len(re.findall(name, said, re.IGNORECASE))


def _read(column: Column, said: str, caller: Caller, tenants: str) -> Iterator[DocumentKey]:
    pattern = (
        rf"(?:(?P<before>{caller.pattern})\s*=\s*\(*)?(?<!\w){word(column.name)}\s*->>\s*'(?P<key>[\w-]+)'(?:::text)?"
        rf"\)*(?:::(?P<type>\w+))?\)*(?:\s*=\s*(?P<after>{caller.pattern}))?"
    )
    for one in re.finditer(pattern, said, re.IGNORECASE):
        compared = one["before"] or one["after"]
        if compared and _says_no_owner(compared):
            continue
        if compared and caller.whom(compared) is Who.USER and caller.is_looked_up(compared):
            compared = None  # it may be the key of what is his, and not his own
        who = caller.whom(compared) if compared else _called(one["key"])
        if who in {Who.USER, Who.TENANT}:
            usual = "uuid" if who is Who.USER else tenants
            yield DocumentKey(column.name, one["key"], who, one["type"] or usual, bool(compared))


def _says_no_owner(caller: str) -> bool:
    """Whether a text reads of the caller what he may, how he signed in, or what he brings along."""
    claims = {claim.name for claim in claims_in([caller])}
    presented = PRESENTED.search(caller) and not chooses_tenant(caller)
    return bool(says_rank(caller) or presented or claims & (SIGNED_IN - {"sub"}))


def _called(key: str) -> Who | None:
    """Return whom a key names by what it is called."""
    if USER_WORD.search(key) or USER_NAME.match(key):
        return Who.USER
    return Who.TENANT if TENANT_WORD.search(key) else None
