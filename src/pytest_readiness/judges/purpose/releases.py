"""Switches that say that somebody has seen to a row, where they alone show it to whoever asks.

An approved carer is there for all agencies, and an approved claim for nobody but who made it: the switch says
neither. Where its policy is called so, it is meant for all; where it is not, nobody knows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.publication import applies, says_everybody, shows_private
from pytest_readiness.judges.purpose.visibility import is_released
from pytest_readiness.judges.sql.conditions import alternatives, enough, split
from pytest_readiness.judges.sql.lexis import names, plain, strings, underscored

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Relation

_POOLED = re.compile(r"(^|[\W_])(pool(ed)?|shared|common)([\W_]|$)", re.IGNORECASE)
"""What a policy is called by which the rows of each are there for all, where a switch says which."""

_LED = re.compile(r"^(is|was|has_been)_", re.IGNORECASE)


def released(relation: Relation, roles: Collection[str]) -> dict[str, bool]:
    """Return the switches by which alone policies show rows, and whether these are called so for all.

    There are none where these roles may select what nobody publishes.
    """
    if shows_private(relation, roles):
        return {}
    switches = {c.name for c in relation.columns if c.type == "boolean" and _is_seen_to(c.name)}
    found: dict[str, bool] = {}
    for policy in (policy for policy in relation.policies if applies(policy, roles)):
        said = says_everybody(policy.name) or bool(_POOLED.search(policy.name))
        found |= {name: said or found.get(name, False) for name in enough(policy.using) & switches}
    return found


def shown_narrower(relation: Relation, column: str, value: str, view: str, roles: Collection[str]) -> bool:
    """Whether policies show rows with a value to these roles where more is so, and a view asks for less.

    Who is approved and on duty is shown to those who call him; that he is approved is then not enough.
    """
    known = {one.name for one in relation.columns}
    policies = (p for p in relation.policies if p.permissive and p.command in {"SELECT", "ALL"})
    ways = (way for p in policies if {"public", *roles} & {*p.roles} for way in alternatives(p.using))
    asked = [names(way) & known for way in ways if value in strings(way) and column in names(way)]
    _, *filters = split(" ".join(plain(view).split()), " WHERE ")
    return bool(asked) and not any(one <= names(" ".join(filters)) for one in asked)


def is_pooled(relation: Relation, roles: Collection[str]) -> bool:
    """Whether a policy says by its name that rows of each are there for all to use."""
    return any(applies(policy, roles) and _POOLED.search(policy.name) for policy in relation.policies)


def _is_seen_to(name: str) -> bool:
    return is_released(_LED.sub("", underscored(name)))
