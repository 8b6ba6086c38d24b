"""Tells the codes that open something, which strangers do not know, from those that are numbers on a door."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.gather.synthesis.values import is_random_key
from pytest_readiness.judges.owners.namesakes import told_apart_within_tenants
from pytest_readiness.judges.sql.lexis import snake_case, underscored
from pytest_readiness.judges.sql.nouns import HANDLE_WORD

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Column, Function, Relation
    from pytest_readiness.gather.attacks.field import Field

CAPABILITY = re.compile(r"token|secret|code|hash|otp|password|pin|signature|nonce|api_?key", re.IGNORECASE)
_CHANCE = re.compile(r"random|uuid_generate", re.IGNORECASE)
_KEY = re.compile(r"(^|_)(key|link|clave|llave|chiave|chave|cle|clef|jeton|schluessel|sleutel|nyckel)$")
"""How a value is called beside the key of its row by which somebody gets at it."""

_FOR_ALL = re.compile(r"(^|_)(public|publishable|external)_")
_OPENING = re.compile(
    r"invit|share|join|access|guest|coupon|voucher|gift|verif|reset|log_?in|sign|pair|claim|redeem|referr|confirm",
    re.IGNORECASE,
)
"""What things are called whose codes let somebody in."""


def is_secret(field: Field, relation: Relation, column: Column) -> bool:
    """Whether strangers do not know a value.

    A code that is a key is a number on a door, unless it is drawn: then it opens the door, and only rows
    that refer to it tell it. What is computed from what everybody knows is no secret, however it looks.
    """
    if (relation.name, column.name) in field.guessed:
        return False
    if not CAPABILITY.search(column.name) or column.name not in relation.primary_key:
        return is_capability(relation, column)
    called = f"{relation.table.removesuffix('s')}_{column.name}"
    told = any(
        any(key.target == relation.name for key in one.foreign_keys)
        or any(other.name == called and other.type == column.type for other in one.columns)
        for one in field.catalog.relations
    )
    drawn = is_random_key(column) and not told
    return drawn or _is_more_than_a_code(column)


def is_capability(relation: Relation, column: Column) -> bool:
    """Whether a value is called like a secret, or like a key and drawn beside that of its row."""
    if CAPABILITY.search(column.name):
        return True
    said = snake_case(column.name)
    return bool(_KEY.search(said)) and not _FOR_ALL.search(said) and is_drawn_beside(relation, column)


def is_drawn_beside(relation: Relation, column: Column) -> bool:
    """Whether chance makes a value that is not what its row, or another, is referred to by."""
    refers = {name for key in relation.foreign_keys for name in key.columns}
    kept = {*relation.primary_key, *refers}
    return column.name not in kept and bool(_CHANCE.search(column.default))


def is_drawn(relation: Relation, column: Column) -> bool:
    """Whether a text is drawn by chance, or is a secret by which rows are told apart."""
    alone = (column.name,) in relation.unique or (column.name,) == relation.primary_key
    return bool(_CHANCE.search(column.default)) or (alone and bool(CAPABILITY.search(column.name)))


def handles(relation: Relation) -> frozenset[str]:
    """Return the columns by which one is publicly known: whoever chooses a handle asks whether it is free."""
    alone = relation.single_keys
    return frozenset(name for name in alone if HANDLE_WORD.search(underscored(name)))


def numbers(field: Field, relation: Relation) -> frozenset[str]:
    """Return the codes that are what an owner calls a thing, as a number: another may call one the same."""
    told = told_apart_within_tenants(relation, field.owners)
    return frozenset(c.name for c in relation.columns if c.name in told and not _is_more_than_a_code(c))


def opens(relation: Relation, function: Function) -> bool:
    """Whether the codes of a table let somebody in: such a one is drawn, so that no two are alike."""
    return bool(_OPENING.search(f"{relation.table} {function.name}"))


def _is_more_than_a_code(column: Column) -> bool:
    return bool(CAPABILITY.search(re.sub("code", "", column.name, flags=re.IGNORECASE)))
