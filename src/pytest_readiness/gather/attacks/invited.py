"""Comes as more than he was invited as: whoever may enter a place by an invitation enters as what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.actions import Action
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.repointing import receivers
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, words_of
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.lexis import strings
from pytest_readiness.judges.tenancy import ranks
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.ownership import Membership
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.judges.tenancy import Ranks

_MOST = 4
"""Ranks beside the lowest one as which he tries to enter."""


class Invited:
    """Lists what bob may do with an invitation of alice's to her tenant, as the least that one can be."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self.bob = field.cast.user(BOB)
        self.ranks = ranks(field.catalog, field.texts, field.owners.memberships)

    def all(self) -> Iterator[Action]:
        """Yield for each table of memberships and of invitations to them how he enters as more."""
        for membership in self.field.owners.memberships:
            relation, known = (
                self.field.catalog.relation(membership.relation),
                self.ranks.get(membership.relation),
            )
            if (
                relation is None
                or known is None
                or not membership.root
                or not self._may_enter(relation, known)
            ):
                continue
            for name in sorted(self.field.texts.depends_on(relation.name) - {relation.name}):
                invitations = self.field.catalog.relation(name)
                if invitations and invitations.kind in TABLE_KINDS and invitations.column(known.column):
                    yield from self._as_more(membership, relation, known, invitations)

    def _may_enter(self, relation: Relation, known: Ranks) -> bool:
        held = relation.privileges.get(self.bob.role)
        return held is not None and known.column in held.insert

    def _as_more(
        self, membership: Membership, relation: Relation, known: Ranks, invitations: Relation
    ) -> Iterator[Action]:
        lowest, place = self._lowest(relation, known), self._place(membership, relation)
        if not lowest or place is None:
            return
        rank = known.column
        for invited in self._invited(membership, invitations, {rank: lowest}):
            before = (*invited, *self._alone(relation))
            plain = self._enter(relation, place | {rank: lowest})
            if not self._is_let_in(plain, before):
                continue
            allowed = (QUIETLY, insert_sql(relation, place | {rank: lowest}), AS_EVER)
            touches = self.field.texts.touched_by(relation.name) | {invitations.name}
            held = invitations.privileges.get(self.bob.role)
            for value in self._higher(relation, known, lowest):
                enter = self._enter(relation, place | {rank: value})
                yield Action(relation.name, (enter,), touches, before, allowed=allowed)
                if held and rank in held.update and (column := invitations.column(rank)):
                    raised = f"update {invitations.name} set {column.quoted} = {literal(value)}"
                    yield Action(relation.name, (raised, enter), touches, before, allowed=allowed)

    def _place(self, membership: Membership, relation: Relation) -> Values | None:
        """Return a row that gives bob a place in alice's tenant."""
        model = self.forger.model(relation, ALICE)
        mine = self.forger.owner_keys(relation, BOB).get(membership.user)
        return model | {membership.user: mine} if model is not None and mine is not None else None

    def _enter(self, relation: Relation, place: Values) -> str:
        held = relation.privileges[self.bob.role].insert
        return insert_sql(relation, {name: value for name, value in place.items() if name in held})

    def _invited(
        self, membership: Membership, invitations: Relation, rank: Values
    ) -> Iterator[tuple[str, ...]]:
        """Yield what a superuser does so that alice has invited bob, whichever column names him."""
        model, owned = self.forger.model(invitations, ALICE), self.field.owners.owned.get(invitations.name)
        leads = any(key.target == membership.root for key in invitations.foreign_keys)
        if model is None or owned is None or not (leads or owned.tenants):
            return
        mine = self.forger.owner_keys(invitations, BOB)
        for name in receivers(invitations, owned):
            if name in mine:
                yield (QUIETLY, insert_sql(invitations, model | rank | {name: mine[name]}), AS_EVER)

    def _alone(self, relation: Relation) -> tuple[str, ...]:
        """Return what takes his place in his own tenant away, where a user has only one."""
        mine = self.field.population.row(relation.name, BOB.name)
        if relation.name not in self.field.owners.people or mine is None:
            return ()
        return (QUIETLY, f"delete from {relation.name} where {mine.where}", AS_EVER)

    def _is_let_in(self, enter: str, before: tuple[str, ...]) -> bool:
        """Whether it is the invitation that lets him in."""
        tried = [Attempt(self.bob, (enter,), before=one) for one in (before, ())]
        (_, invited), (_, alone) = self.field.runner.run(tried)
        return not invited.state and bool(alone.state)

    def _lowest(self, relation: Relation, known: Ranks) -> str:
        """Return the rank of plain members."""
        column = relation.column(known.column)
        usual = strings(column.default) if column else []
        return known.lowest or next(iter(usual), "")

    def _higher(self, relation: Relation, known: Ranks, lowest: str) -> list[str]:
        """Return other ranks, the highest first."""
        column = relation.column(known.column)
        words = words_of(self.field, relation, column) if column else ()
        return [value for value in dict.fromkeys((known.highest, *words)) if value != lowest][:_MOST]
