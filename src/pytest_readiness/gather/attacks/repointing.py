"""Turns what one was given to another thing of the giver's: a share, an invitation, a key to a room."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import value_for
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import ForeignKey, Privileges, Relation
    from pytest_readiness.evidence.ownership import Ownership
    from pytest_readiness.gather.attacks.forgery import Forger

_GIVER = re.compile(r"(^|_)(owner|author|sender|creator|giver|grantor|inviter|from)(_?(id|uid|uuid))?$|_by$")
"""Names of who gives something away."""

_TAKER = re.compile(r"^(to|new|next|recipient|receiver)_", re.IGNORECASE)
"""How names begin of who is given it, whatever he is called then: the new owner."""

Repointed = tuple[str, tuple[str, ...]]
"""An update, and what a superuser does first."""


def repointed(forger: Forger, relation: Relation, held: Privileges) -> Iterator[Repointed]:
    """Yield updates by which bob lets a row that alice gave him refer to what she did not give.

    Of what it refers to, she has two then: one that is his to see, and the one that is in the population.
    """
    owned = forger.field.owners.owned.get(relation.name)
    gift = forger.model(relation, ALICE)
    if gift is None or owned is None or len(owned.users) < 2:  # noqa: PLR2004  who gives, and who is given
        return
    given = forger.owner_keys(relation, BOB)
    for key in relation.foreign_keys:
        column = relation.column(key.columns[0])
        if column is None or column.name not in held.update or set(key.columns) & set(owned.columns):
            continue
        hers, other = gift.get(column.name), _another(forger, key)
        if hers is None or other is None:
            continue
        row, value = other
        to = f"update {relation.name} set {column.quoted} = {literal(hers)}"
        update = f"{to} where {column.quoted} = {literal(value)}"
        for name in receivers(relation, owned):
            gives = insert_sql(relation, gift | {column.name: value, name: given[name]})
            yield update, (QUIETLY, row, gives, AS_EVER)


def receivers(relation: Relation, owned: Ownership) -> tuple[str, ...]:
    """Return the columns that may name who is given; not those that name who gives, where that is told.

    A gift of hers in which he is the giver comes about in no sound system.
    """
    giving = {
        name
        for name in owned.users
        if name in owned.signed
        or (_GIVER.search(name) and not _TAKER.search(name))
        or ((column := relation.column(name)) is not None and column.default)
    }
    return tuple(name for name in owned.users if name not in giving) or owned.users


def _another(forger: Forger, key: ForeignKey) -> tuple[str, str] | None:
    """Return the statement that makes another row of alice's to refer to, and its key."""
    target = forger.field.catalog.relation(key.target)
    row = forger.model(target, ALICE) if target and len(key.columns) == 1 else None
    column = target.column(key.target_columns[0]) if target else None
    if target is None or row is None or column is None or not column.writable:
        return None
    value = row.get(column.name) or value_for(column, "another of hers", column.name)
    return (insert_sql(target, row | {column.name: value}), value) if value is not None else None
