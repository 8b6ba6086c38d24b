"""Comes as more than he was invited as: whoever may enter a place by an invitation enters as what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.climbing.action import WRITES, Action
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.meanings import family, naming
from pytest_readiness.gather.attacks.repointing import receivers
from pytest_readiness.gather.attacks.states import AS_EVER, FUTURE, QUIETLY, taken_away, words_of
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import is_random_key, value_for
from pytest_readiness.judges.owners.tenancy import ranks
from pytest_readiness.judges.purpose.visibility import is_over
from pytest_readiness.judges.sql.lexis import strings
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.evidence.ownership import Membership
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.judges.owners.tenancy import Ranks

_MOST = 4
"""Ranks beside the lowest one as which he tries to enter."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How somebody enters who is invited.

    Attributes:
        subject: The table or function through which he does.
        statement: That lets him in as some rank.
        touches: Relations that it may change.
        ranked: Whether it says as what he comes.
    """

    subject: str
    statement: Callable[[str], str]
    touches: frozenset[str]
    ranked: bool = True


class Invited:
    """Lists what bob may do with an invitation of alice's to her tenant, as the least that one can be."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self.arguments = field.arguments
        self.bob = field.cast.user(BOB)
        self.ranks = ranks(field.catalog, field.texts, field.owners.memberships)

    def all(self) -> Iterator[Action]:
        """Yield for each table of memberships and of invitations to them how he enters as more."""
        for membership in self.field.owners.memberships:
            relation = self.field.catalog.relation(membership.relation)
            known = self.ranks.get(membership.relation)
            least = lowest(relation, known) if relation and known else ""
            place = self._place(membership, relation) if relation and least else None
            if relation is None or known is None or place is None or not membership.root:
                continue
            place |= {known.column: least}
            for invitations in self._invitations(membership, relation, known.column):
                for before, row in self._invited(relation, invitations, {known.column: least}):
                    for way in self._ways(relation, place, known.column, invitations, row):
                        if self._is_let_in(relation, way.statement(least), before):
                            yield from self._as_more(relation, known, place, invitations, before, way)

    def _as_more(
        self,
        relation: Relation,
        known: Ranks,
        place: Values,
        invitations: Relation,
        before: tuple[str, ...],
        way: _Way,
    ) -> Iterator[Action]:
        allowed = (QUIETLY, insert_sql(relation, place), AS_EVER)
        held = invitations.privileges.get(self.bob.role)
        column = invitations.column(known.column)
        for value in self._higher(relation, known, str(place[known.column])):
            enter = way.statement(value)
            if way.ranked:
                yield Action(way.subject, (enter,), way.touches, before, allowed=allowed)
            if held and column and column.name in held.update:
                raised = f"update {invitations.name} set {column.quoted} = {literal(value)}"
                yield Action(way.subject, (raised, enter), way.touches, before, allowed=allowed)

    def _invitations(self, membership: Membership, relation: Relation, rank: str) -> Iterator[Relation]:
        """Yield what may hold invitations: it leads to the same tenants, and says as what one comes."""
        for one in self.field.catalog.relations:
            leads = any(key.target == membership.root for key in one.foreign_keys)
            if one is not relation and leads and one.kind in TABLE_KINDS and one.column(rank):
                yield one

    def _ways(
        self, relation: Relation, place: Values, rank: str, invitations: Relation, row: Values
    ) -> Iterator[_Way]:
        """Yield the ways in which policies and functions that look at an invitation let somebody in."""
        texts, held = self.field.texts, relation.privileges.get(self.bob.role)
        if held and rank in held.insert and invitations.name in texts.depends_on(relation.name):
            said = {name: value for name, value in place.items() if name in held.insert}
            touches = texts.touched_by(relation.name) | {invitations.name}
            yield _Way(relation.name, lambda value: insert_sql(relation, said | {rank: value}), touches)
        for function in self.field.catalog.functions:
            reach = texts.function_reach(function)
            both = {relation.name, invitations.name} <= reach and self.bob.role in function.callers
            given = self._given(function, invitations, rank, row) if both else ()
            if given and WRITES.search(function.body):
                yield _called(function, given, reach)

    def _given(
        self, function: Function, invitations: Relation, rank: str, row: Values
    ) -> tuple[str | Argument, ...]:
        """Return arguments that name the invitation, with the one for the rank left open; or nothing."""
        given: list[str | Argument] = []
        named = False
        for argument in function.arguments:
            key = naming(function, argument, invitations, row)
            named = named or bool(key)
            ranked = rank in argument.name and (family(argument.type) == "text" or argument.kind == "e")
            given.append(key or (argument if ranked else self.arguments.first(argument, function, BOB)))
        return tuple(given) if named else ()

    def _place(self, membership: Membership, relation: Relation) -> Values | None:
        """Return a row that gives bob a place in alice's tenant."""
        model = self.forger.model(relation, ALICE)
        mine = self.forger.owner_keys(relation, BOB).get(membership.user)
        return model | {membership.user: mine} if model is not None and mine is not None else None

    def _invited(
        self, relation: Relation, invitations: Relation, rank: Values
    ) -> Iterator[tuple[tuple[str, ...], Values]]:
        """Yield what a superuser does so that alice has invited bob, and the invitation."""
        model, owned = self.forger.model(invitations, ALICE), self.field.owners.owned.get(invitations.name)
        if model is None or owned is None:
            return
        mine = self.forger.owner_keys(invitations, BOB)
        drawn = {
            column.name: value_for(column, self.field.target.seed, "an invitation", column.name)
            for column in invitations.columns
            if is_random_key(column) and column.name in invitations.primary_key
        }
        lasting = {c.name: FUTURE for c in invitations.columns if is_over(c.name) and model.get(c.name)}
        for name in receivers(invitations, owned):
            # Nobody has answered yet: who did is noted in a column that names a user as well.
            others = (invitations.column(other) for other in owned.users if other != name)
            unanswered: Values = {other.name: None for other in others if other and not other.not_null}
            for left in ({}, unanswered) if unanswered else ({},):
                row = model | drawn | lasting | rank | left | {name: mine.get(name)}
                given = (QUIETLY, insert_sql(invitations, row), AS_EVER, *self._alone(relation))
                yield given, row

    def _alone(self, relation: Relation) -> tuple[str, ...]:
        """Return what takes his place in his own tenant away, where a user has only one."""
        mine = self.field.population.row(relation.name, BOB.name)
        if relation.name not in self.field.owners.people or mine is None:
            return ()
        return taken_away(relation.name, mine)

    def _is_let_in(self, relation: Relation, enter: str, before: tuple[str, ...]) -> bool:
        """Whether it is the invitation that lets him in."""
        watch = (relation.name,)
        tried = [Attempt(self.bob, (enter,), watch, before=one) for one in (before, self._alone(relation))]
        (_, invited, _), (_, alone, _) = self.field.from_states(tried)
        entered = not invited.state and relation.name in invited.changed
        return entered and (bool(alone.state) or relation.name not in alone.changed)

    def _higher(self, relation: Relation, known: Ranks, lowest: str) -> list[str]:
        """Return other ranks, the highest first."""
        column = relation.column(known.column)
        words = words_of(self.field, relation, column) if column else ()
        return [value for value in dict.fromkeys((known.highest, *words)) if value != lowest][:_MOST]


def lowest(relation: Relation, known: Ranks) -> str:
    """Return the rank of plain members."""
    column = relation.column(known.column)
    usual = strings(column.default) if column else []
    return known.lowest or next(iter(usual), "")


def _called(function: Function, given: tuple[str | Argument, ...], reach: frozenset[str]) -> _Way:
    """Return the way through a function."""

    def call(rank: str) -> str:
        said = (one if isinstance(one, str) else f"{literal(rank)}::{one.declared}" for one in given)
        return call_sql(function, said)

    ranked = not all(isinstance(one, str) for one in given)
    return _Way(function.signature, call, reach, ranked=ranked)
