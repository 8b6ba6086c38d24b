"""Lists of what all look up: banks, creditors, offices, with where each is called upon."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.publication import LISTS, is_called_upon, is_sensitive, says_public
from pytest_readiness.judges.sql.lexis import underscored
from pytest_readiness.judges.sql.nouns import PERSON_NAMES, TENANT_WORD

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Column, Policy, Relation

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

_ORDER = re.compile(
    r"(^|_)(order|sort|sort_order|sorting|position|ordinal|sequence|seq|display_index|reihenfolge|ordre|orden|ordine)$",
    re.IGNORECASE,
)
"""What says at which place something is shown in a list."""

_OF_LISTS = re.compile(
    rf"{_ORDER.pattern}|(^|_)(code|slug|label|title|name|text|description|hint|help|version|edition|kind|type|category|"
    r"section|chapter|group|icon|colou?r|unit|locale|lang|language)$|^(is_)?(active|enabled|default|required|optional)$|"
    r"^(created|updated|valid)_(at|on|from|since)$",
    re.IGNORECASE,
)
"""What columns are called of lists that somebody writes down once, for all."""

_REFERENCE = re.compile(r"^(?P<to>\w+)_id$", re.IGNORECASE)
_SOMEBODY = re.compile(
    rf"(^|_)({PERSON_NAMES}|person|people|owner|subject|device|session|case|thread|chat|order|invoice|external)(_|$)",
    re.IGNORECASE,
)

_SIGNED_IN = re.compile(
    r"^\(*(select )?auth\."
    r"(uid\(\)( as uid)?\)* is not null|role\(\)( as role)?\)* = 'authenticated'(::text)?)\)*$",
    re.IGNORECASE,
)
"""What asks for nothing but that somebody signed in, and of no row."""


def catalogue(relation: Relation, roles: Collection[str]) -> str:
    """Return the policy whose name says that a relation is a list for all of them; empty if none does.

    Of those whose rows belong to nobody: no client writes it, and it shows nothing that is kept from most but
    where somebody is called upon. Of a list that is one by its columns a policy need say no more than that
    it is for those who signed in.
    """
    shown = {name for role in roles if role in relation.readable for name in relation.readable[role]}
    named = (relation.table, *shown)
    if not relation.rls or any(map(names_person, named)):
        return ""
    if any(is_sensitive(name) and not is_called_upon(name) for name in shown):
        return ""
    policies = [policy for policy in relation.policies if {"public", *roles} & {*policy.roles}]
    if any(policy.command != "SELECT" for policy in policies):
        return ""
    for_all = {*roles} <= relation.readable.keys()
    written = _is_written_down(relation)
    return next(
        (
            one.name
            for one in policies
            if (is_open(one) and (written or _says(one, roles, for_all=for_all)))
            or (written and asks_to_sign_in(one))
        ),
        "",
    )


def _is_written_down(relation: Relation) -> bool:
    """Whether rows stand in an order, each under a word of its own, and say only what lists say."""
    key = [column for column in relation.columns if (column.name,) == relation.primary_key]
    others = [column for column in relation.columns if column not in key]
    ordered = any(_ORDER.search(underscored(column.name)) for column in others)
    return ordered and any(column.is_text for column in key) and all(map(_is_of_lists, (*key, *others)))


def _is_of_lists(column: Column) -> bool:
    name = underscored(column.name)
    to = _REFERENCE.match(name)
    if to is None:
        return bool(_OF_LISTS.search(name))
    return column.is_text and not (_SOMEBODY.search(to["to"]) or TENANT_WORD.search(to["to"]))


def names_person(name: str) -> bool:
    """Whether a table or a column of this name holds people, or what one is called."""
    return bool(_PERSON.search(underscored(name)))


def asks_to_sign_in(policy: Policy) -> bool:
    """Whether a policy asks for nothing but that somebody signed in."""
    return policy.permissive and asks_of_sign_in(policy.using)


def asks_of_sign_in(condition: str) -> bool:
    """Whether a condition asks for nothing but that somebody signed in."""
    return bool(_SIGNED_IN.match(" ".join(condition.replace("( ", "(").split())))


def _says(policy: Policy, roles: Collection[str], *, for_all: bool) -> bool:
    """Whether a policy is called a list, or public where it is for those who did not sign in as well."""
    everybody = for_all and ("public" in policy.roles or {*roles} <= {*policy.roles})
    if _LIST.search(policy.name):
        return True
    return everybody and (says_public(policy.name) or bool(_ANY_LIST.search(policy.name)))


def is_open(policy: Policy) -> bool:
    """Whether a policy asks for nothing."""
    return policy.permissive and policy.using.strip("() ") == "true"
