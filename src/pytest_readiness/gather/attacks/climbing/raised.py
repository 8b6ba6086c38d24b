"""Raises himself in a place that he was given: a plain member says of his own row that he is more."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.climbing.action import Action
from pytest_readiness.gather.attacks.climbing.invited import lowest
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.seats import seat
from pytest_readiness.gather.attacks.states import words_of
from pytest_readiness.judges.owners.tenancy import ranks, rights
from pytest_readiness.judges.sql.lexis import strings
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.ownership import Membership
    from pytest_readiness.gather.attacks.field import Field

_RIGHT = re.compile(
    r"^(can|may|manages?|runs|keeps|sees|edits|approves)_|(^|_)(admin(istrator)?|owner|manager|moderator|lead(er)?|"
    r"head|chief|chair(man|woman|person)?|staff|super(user|visor)?|treasurer|editor|officer|principal|privileged)(_|$)",
    re.IGNORECASE,
)
"""How switches are called that nobody turns on for himself: who accepted or wishes for something does."""

_MOST = 4
"""Ranks that he gives himself by one column."""


def raised(field: Field) -> Iterator[Action]:
    """Yield what a plain member of alice's tenant may do to his own row there, to be more in it.

    A rank that the check of a policy names is one that somebody thought of.
    """
    role, given = field.cast.user(BOB).role, field.owners.memberships
    known, switches = ranks(field.catalog, field.texts, given), rights(field.catalog, field.texts, given)
    for membership in given:
        relation = field.catalog.relation(membership.relation)
        held = relation.privileges.get(role) if relation else None
        if relation is None or held is None or not held.update:
            continue
        rank = known.get(relation.name)
        column = relation.column(rank.column) if rank else None
        words = [(column, lowest(relation, rank), rank.highest)] if rank and column else []
        turned = [
            (one, "false", "true") for one in switches.get(relation.name, ()) if _RIGHT.search(one.name)
        ]
        for one, low, high in (*words, *turned):
            if one.name in held.update and low and one.writable:
                yield from _raises(field, membership, relation, one, low, high)


def _raises(
    field: Field, membership: Membership, relation: Relation, column: Column, low: str, high: str
) -> Iterator[Action]:
    before = seat(field, membership, BOB, ALICE, {column.name: low})
    mine = Forger(field).owner_keys(relation, BOB).get(membership.user)
    user = relation.column(membership.user)
    meant = {low, *(text for policy in relation.policies for text in strings(policy.check))}
    values = (value for value in dict.fromkeys((high, *words_of(field, relation, column))) if value)
    higher = itertools.islice((value for value in values if value not in meant), _MOST)
    for value in higher if before and user and mine is not None else ():
        update = f"update {relation.name} set {column.quoted} = {literal(value)}"
        # Whoever may not read the column that says who he is finds his row all the same.
        for those in (f" where {user.quoted} = {literal(mine)}", "") if user else ():
            said = f"where {column.quoted} was {low} in his own row"
            touches = field.texts.touched_by(relation.name)
            yield Action(relation.name, (update + those,), touches, before, said=said)
