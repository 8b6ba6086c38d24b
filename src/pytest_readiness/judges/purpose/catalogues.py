"""Lists of what all look up: banks, creditors, offices, with where each is called upon."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.publication import LISTS, is_called_upon, is_sensitive, says_public
from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Policy, Relation

_LIST = re.compile(rf"{LISTS}|registry|r[eé]pertoire|directorio|elenco|lijst", re.IGNORECASE)
_ANY_LIST = re.compile(r"(?<![a-z])list(?![a-z])", re.IGNORECASE)
"""What a list of those who wait is called as well: it counts where those who did not sign in read it."""

_PERSON = re.compile(
    r"(^|_)(first|last|given|family|middle|maiden)_?name(_|$)|(^|_)(surname|gender|sex|nationality|iban)(_|$)|"
    r"^(client|customer|member|patient|student|employee|user|person|people|contact|lead|applicant|tenant|resident|"
    r"donor|guest|subscriber|volunteer|child|children|parent|guardian)s?$",
    re.IGNORECASE,
)
"""Names of tables and columns of people, who are called upon at home."""


def catalogue(relation: Relation, roles: Collection[str]) -> str:
    """Return the policy whose name says that a relation is a list for all of them; empty if none does.

    Of those whose rows belong to nobody: no client writes it, and it shows nothing that is kept from most but
    where somebody is called upon.
    """
    shown = {name for role in roles if role in relation.readable for name in relation.readable[role]}
    named = (relation.table, *shown)
    if not relation.rls or any(_PERSON.search(underscored(name)) for name in named):
        return ""
    if any(is_sensitive(name) and not is_called_upon(name) for name in shown):
        return ""
    policies = [policy for policy in relation.policies if {"public", *roles} & {*policy.roles}]
    if any(policy.command != "SELECT" for policy in policies):
        return ""
    for_all = {*roles} <= relation.readable.keys()
    return next(
        (one.name for one in policies if _is_open(one) and _says(one, roles, for_all=for_all)),
        "",
    )


def _says(policy: Policy, roles: Collection[str], *, for_all: bool) -> bool:
    """Whether a policy is called a list, or public where it is for those who did not sign in as well."""
    everybody = for_all and ("public" in policy.roles or {*roles} <= {*policy.roles})
    if _LIST.search(policy.name):
        return True
    return everybody and (says_public(policy.name) or bool(_ANY_LIST.search(policy.name)))


def _is_open(policy: Policy) -> bool:
    return policy.permissive and policy.using.strip("() ") == "true"
