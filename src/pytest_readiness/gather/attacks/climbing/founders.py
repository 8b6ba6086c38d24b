"""Enters anew where one sees nobody: a founder who left takes a place that looks empty to strangers."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.ownership import Membership
    from pytest_readiness.gather.attacks.climbing.action import Action
    from pytest_readiness.gather.attacks.climbing.actions import Actions
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.store import Shard

_SAID = "as its founder, who left and sees nobody there"
_MOST = 60
"""Inserts into one table of members that are tried in one state."""


def returns(field: Field, actions: Actions, shard: Shard) -> Iterator[Action]:
    """Yield inserts that let bob into alice's tenant, which he founded, as he does not see its members.

    Whoever may come back for having founded it may do so with open eyes; a place that is let to whoever
    finds it empty is not his to take for being blind.
    """
    for membership in shard.part(field.owners.memberships, attrgetter("relation")):
        relation = field.catalog.relation(membership.relation)
        for state in _founded(field, membership) if relation else ():
            if relation:
                yield from _blindly(field, relation, actions, state)


def _founded(field: Field, membership: Membership) -> Iterator[tuple[str, ...]]:
    """Yield the states in which a column of the tenant that names a user names bob."""
    root, owned = field.catalog.relation(membership.root), field.owners.owned.get(membership.root)
    hers = field.population.row(root.name, ALICE.name) if root else None
    for name in owned.users if root and owned and hers and hers.where else ():
        column = root.column(name) if root else None
        if root and hers and column:
            his = literal(str(BOB.key(column.type)))
            update = f"update {root.name} set {column.quoted} = {his} where {hers.where}"
            yield (QUIETLY, update, AS_EVER)


def _blindly(field: Field, relation: Relation, actions: Actions, state: tuple[str, ...]) -> Iterator[Action]:
    """Yield the inserts that are accepted, and would not be if he saw all rows of the table."""
    bob = field.cast.user(BOB)
    sees = f"create policy readiness_sight on {relation.name} for select using (true)"
    listed = (action for action in actions.of_relation(relation) if not action.before)
    inserts = [a for a in listed if len(a.steps) == 1 and a.steps[0].startswith("insert")][:_MOST]
    tried = (Attempt(bob, action.steps, (), action, state) for action in inserts)
    for attempt, outcome in field.runner.run(tried):
        if not outcome.state:
            sighted = field.runner.one(Attempt(bob, attempt.steps, before=(*state, sees)))
            if sighted.state == REFUSED:
                yield replace(attempt.about, before=state, said=_SAID)
