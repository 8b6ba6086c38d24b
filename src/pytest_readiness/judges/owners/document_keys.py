"""Whose a row is by what stands in a JSON document of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.ownership import DocumentKey, Who
from pytest_readiness.judges.sql.lexis import plain, word
from pytest_readiness.judges.sql.nouns import TENANT_WORD, USER_NAME, USER_WORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation

_CALLER = r"\(*\s*(?:select\s+)?\(*auth\.uid\(\)(?:\s+as\s+\w+)?\)*(?:::\w+)?\)*"
_JSON = frozenset({"json", "jsonb"})


def document_keys(relation: Relation, tenants: str) -> Iterator[DocumentKey]:
    """Yield the keys of documents that policies compare with the caller, or that are called like an owner's.

    Args:
        relation: Whose policies are read.
        tenants: The type of tenants' keys, for those of which a policy does not say theirs.
    """
    said = plain(" ".join(f"{policy.using} {policy.check}" for policy in relation.policies))
    for column in relation.columns:
        found: dict[str, DocumentKey] = {}
        for key in _read(column, said, tenants) if column.type in _JSON else ():
            if key.name not in found or key.compared:
                found[key.name] = key
        yield from found.values()


def is_caller(relation: Relation, column: Column) -> bool:
    """Whether all that policies say of a column is that it is the caller: an account of somebody's own."""
    said = plain(" ".join(f"{policy.using} {policy.check}" for policy in relation.policies))
    name = rf"(?<!\w){word(column.name)}(?!\w)"
    compared = re.findall(rf"{_CALLER}\s*=\s*{name}|{name}\s*=\s*{_CALLER}", said, re.IGNORECASE)
    return bool(compared) and len(compared) == len(re.findall(name, said, re.IGNORECASE))


def _read(column: Column, said: str, tenants: str) -> Iterator[DocumentKey]:
    pattern = (
        rf"(?P<before>{_CALLER}\s*=\s*\(*)?(?<!\w){word(column.name)}\s*->>\s*'(?P<key>[\w-]+)'(?:::text)?"
        rf"\)*(?:::(?P<type>\w+))?\)*(?P<after>\s*=\s*{_CALLER})?"
    )
    for one in re.finditer(pattern, said, re.IGNORECASE):
        compared = bool(one["before"] or one["after"])
        if compared or USER_WORD.search(one["key"]) or USER_NAME.match(one["key"]):
            yield DocumentKey(column.name, one["key"], Who.USER, one["type"] or "uuid", compared)
        elif TENANT_WORD.search(one["key"]):
            yield DocumentKey(column.name, one["key"], Who.TENANT, one["type"] or tenants)
