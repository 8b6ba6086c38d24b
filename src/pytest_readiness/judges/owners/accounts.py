"""What an administrator writes down of an account, and of which type the keys are that stand for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.nouns import TENANT_WORD
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person

PRIVILEGE = re.compile(
    r"role|admin|staff|super|bypass|perm|scope|plan(?![ent])|tier|level|(?<![a-z])(rank|grade)s?(?![a-z])",
    re.IGNORECASE,
)
"""Names of what gives rights, and says nothing of who somebody is."""


def registered(catalog: CatalogEvidence, owners: Owners, person: Person) -> dict[str, object]:
    """Return the metadata by which an administrator says of which tenant an account is, if code asks it."""
    found: dict[str, object] = {}
    for claim in texts_of(catalog).registered if person.tenant else ():
        columns = list(_types(catalog, owners, "tenants", claim.name))
        if PRIVILEGE.search(claim.name) or not (columns or TENANT_WORD.search(claim.name)):
            continue
        key_type = _most(columns) or commonest(catalog, owners, "tenants") or "uuid"
        key = person.tenant.key(key_type) if person.tenant else None
        found[claim.name] = [key] if claim.listed else key
    return found


def commonest(catalog: CatalogEvidence, owners: Owners, which: str) -> str:
    """Return the commonest type of the columns that hold such a key; empty where there is none."""
    return _most(list(_types(catalog, owners, which)))


def _types(catalog: CatalogEvidence, owners: Owners, which: str, name: str = "") -> Iterator[str]:
    """Yield the types of the first column in each relation that holds such a key, or of those called so."""
    for relation in catalog.relations:
        owned = owners.owned.get(relation.name)
        names: tuple[str, ...] = getattr(owned, which) if owned else ()
        for one in [held for held in names if held == name] if name else names[:1]:
            if column := relation.column(one):
                yield column.type.removesuffix("[]")


def _most(types: list[str]) -> str:
    return max(sorted(set(types)), key=types.count, default="")
