"""Whether texts ask who belongs to a tenant before a row is written there, rightly or in vain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.ownership import Who
from pytest_readiness.judges.owners.callers import hints
from pytest_readiness.judges.sql.lexis import names
from pytest_readiness.judges.sql.nouns import TENANT_WORD, USER_WORD
from pytest_readiness.judges.sql.requests import claims_in, settings_in

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Policy, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.judges.sql.texts import Texts


def asks_who_belongs(relation: Relation, verb: str, owners: Owners, texts: Texts) -> bool:
    """Whether policies or triggers ask who belongs to a tenant before users write rows of theirs there.

    Args:
        relation: With columns that name a user and a tenant.
        verb: INSERT or UPDATE.
        owners: Of all relations.
        texts: Of the same catalog.
    """
    owned = owners.owned[relation.name]
    policies = tuple(policy for policy in relation.policies if _bears_on(policy, verb, owned.users))
    own = (*(f"{p.using} {p.check}" for p in policies), *(trigger.body for trigger in relation.triggers))
    belonging = {membership.relation for membership in owners.memberships}
    if belonging & texts.consulted_by(relation, own):
        return True
    called = texts.called(own)
    said = (*own, *(function.body for function in called))
    if _asks_people(said, owners, texts) or _asks_request(said, owned.tenants):
        return True
    alone = CatalogEvidence((replace(relation, policies=policies),), 0, functions=called)
    compared = hints(alone, texts).callers
    return any(compared.get((relation.name, name)) in {Who.TENANT, Who.DOMAIN} for name in owned.tenants)


def _bears_on(policy: Policy, verb: str, users: Collection[str]) -> bool:
    """Whether a policy tells of rows that users put there.

    Who asks it of new rows means it of those that are moved. A change that is for members alone, such as a
    moderator's, says nothing of new rows, unless the same policy names the user.
    """
    if policy.command in {"INSERT", "ALL", verb}:
        return True
    return policy.command == "UPDATE" and not names(f"{policy.using} {policy.check}").isdisjoint(users)


def _asks_people(said: Collection[str], owners: Owners, texts: Texts) -> bool:
    """Whether a text looks up the tenant that a user's own row names, as in ``profiles.org_id``."""
    return any(
        not names(text).isdisjoint(owners.owned[name].tenants)
        for text in said
        for name in texts.mentioned(text) & owners.people.keys() & owners.owned.keys()
    )


def _asks_request(said: Collection[str], tenants: Collection[str]) -> bool:
    """Whether a text reads a claim or a setting that is called as a tenant is."""
    read = (
        *(claim.name for claim in claims_in(said)),
        *(name.rpartition(".")[2] for name in settings_in(said)),
    )
    return any(name in tenants or (TENANT_WORD.search(name) and not USER_WORD.search(name)) for name in read)
