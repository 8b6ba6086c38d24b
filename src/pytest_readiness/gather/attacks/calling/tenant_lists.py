"""Functions that list the tenants of an application, which has to find out which of them is called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.calling.front_doors import on_the_door, shows_more, tenants
from pytest_readiness.judges.sql.lexis import last_name, plain, underscored

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field

SHOWN = "no more than names and addresses of tenants"

_LISTS = re.compile(
    r"(^|_)(list|all|every|directory|directories|index|regist(er|ry)|catalog(ue)?|enumerate)(_|$)",
    re.IGNORECASE,
)
"""How functions are called that list all that there are."""

_OWN = re.compile(
    r"(^|_)(my|own|mine|me|current|accessible|allowed|joined|member\w*|users?)(_|$)", re.IGNORECASE
)
"""How those are called that list what is somebody's."""

_ASKS = re.compile(r"\bcurrent_setting\b|\b(current|session)_user\b|\bauth\.\w+\s*\(", re.IGNORECASE)


def lists_tenants(field: Field, function: Function, outcome: Outcome) -> bool:
    """Whether a function without arguments lists what stands on the doors of all tenants, and no more.

    It reads nothing else, asks for nobody, and is not called like one that lists what is somebody's.
    """
    read = field.texts.mentioned(function.body)
    asks = _ASKS.search(plain(function.body)) or field.texts.called([function.body])
    if not field.announces or function.arguments or asks or _OWN.search(_named(function)):
        return False
    known = [(relation, row) for relation, row in tenants(field) if relation.name in read]
    public = {text for relation, row in known for text in on_the_door(field, relation, row).values()}
    only = bool(known) and read <= field.owners.roots.keys()
    return only and not any(shows_more(row, outcome, public) for _, row in known)


def says_list(function: Function) -> bool:
    """Whether a function says by its name that it lists all."""
    return bool(_LISTS.search(_named(function)))


def doubt(function: Function) -> str:
    """Say that nothing tells whether a list of all tenants is meant."""
    return (
        f"{function.signature} asks for nobody and shows {SHOWN}: nothing tells whether all are meant; "
        "if so, let its name say that it lists them, else let it ask for the caller"
    )


def _named(function: Function) -> str:
    return underscored(last_name(function.name).strip('"'))
