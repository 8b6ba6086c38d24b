"""Reads views that show nothing of hers as her rows are made, in the states that the views ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.asked_states import asked_by_view, refreshing
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import given_states, hiding_of, statements_of
from pytest_readiness.gather.attacks.switches import shows_to_nobody
from pytest_readiness.judges.purpose.publication import is_sensitive
from pytest_readiness.judges.purpose.releases import shown_narrower
from pytest_readiness.judges.purpose.visibility import is_released
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.target.identities import Identity

    Reading = Callable[..., Read]
    Publication = Callable[[Relation, SyntheticRow | None, str, tuple[State, ...]], Talk[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a view shows while her rows are in states that its filter asks for.

    Attributes:
        states: In which it shows something.
        reads: What alice and bob read then; none if it never shows anything.
        unclear: Rows in them, for people, if nothing tells whether they are meant for all.
        published: The column and value by which they are for all.
    """

    states: tuple[State, ...] = ()
    reads: tuple[Read, ...] = ()
    unclear: str = ""
    published: str = ""

    @property
    def may_be_meant(self) -> bool:
        """Whether what is shown then may be so on purpose."""
        return bool(self.unclear or self.published)


@dataclass(frozen=True, slots=True)
class Silent:
    """Reads such views.

    Attributes:
        actors: Alice first, then bob; carol last, who shares a tenant with alice.
        read: Says what an outcome shows of whom.
        published: Tells which column says that rows in some states are for everybody.
    """

    field: Field
    actors: Sequence[tuple[Identity, Person | None]]
    read: Reading
    published: Publication

    def asked(self, relation: Relation, row: SyntheticRow | None) -> Talk[Asked]:
        """Read a view that shows nothing of hers, while her rows are in states that its filter asks for.

        Returns:
            What alice and bob read in a state in which it shows something; preferably what bob reads and
            nothing publishes, and of that what cannot be meant.
        """
        found = yield from self._in_states(relation, row)
        opening: set[str] = set()
        doubted: list[Asked] = []
        shown: list[Asked] = []
        for states, reads in found:
            if not reads[1].foreign or opening & {state.said for state in states}:
                continue  # what a state shows alone was told of it alone
            if len(states) == 1:
                opening.add(states[0].said)
            if published := (yield from self.published(relation, row, BOB.name, states)):
                shown.append(Asked(states, reads, published=published))
                continue
            if (yield from self._is_unmeant(relation, states)):
                return Asked(states, reads)
            said = " and ".join(state.said for state in states)
            doubted.append(Asked(states, reads, f"rows with {said}"))
        own = [Asked(states, reads) for states, reads in found if reads[0].own and not reads[1].foreign]
        return next(iter([*doubted, *shown, *own]), Asked())

    def _in_states(
        self, relation: Relation, row: SyntheticRow | None
    ) -> Talk[list[tuple[tuple[State, ...], tuple[Read, ...]]]]:
        """Read a view as alice and as bob in each state, or two, that its filter asks for."""
        fresh = refreshing(self.field, relation.name)
        asked = [_then(states, fresh) for states in asked_by_view(self.field, relation)]
        actors = self.actors[:2]
        outcomes = yield [
            Attempt(actor, (read(relation),), before=statements_of(states))
            for states in asked
            for actor, _ in actors
        ]
        came = iter(outcomes)
        return [
            (
                states,
                tuple(
                    given_states(
                        self.read(relation, actor, person, next(came), row, hiding_of(states)), actor, states
                    )
                    for actor, person in actors
                ),
            )
            for states in asked
        ]

    def _is_unmeant(self, relation: Relation, states: tuple[State, ...]) -> Talk[bool]:
        """Whether a view that shows her rows in these states cannot have been made to show them to all.

        The states say nothing of showing, and keys are shown as well; or policies share a row in this
        state, and not with everybody.
        """
        private = any(is_sensitive(column.name) for column in relation.columns)
        telling = private or self._names_people(relation)
        if (private or self._shows_keys(relation)) and shows_to_nobody(
            self.field, relation.view, states, telling=telling
        ):
            return True
        for state in states:
            if self._is_shown_narrower(relation, state) or (yield from self._is_shared_with_some(state)):
                return True
        return False

    def _is_shown_narrower(self, view: Relation, state: State) -> bool:
        """Whether policies show others a row in this state where more is so, and a view asks for less."""
        below, (name, value) = self.field.catalog.relation(state.relation), state.value
        if below is None or value is None or not is_released(value):
            return False
        return shown_narrower(below, name, value, view.view, self.field.clients)

    def _names_people(self, relation: Relation) -> bool:
        """Whether a view shows columns that say of the rows below whose they are."""
        owned = (self.field.owners.owned.get(name) for name in self.field.texts.depends_on(relation.name))
        users = {name for one in owned if one for name in one.users}
        return any(column.name in users for column in relation.columns)

    def _shows_keys(self, relation: Relation) -> bool:
        below = map(self.field.catalog.relation, self.field.texts.depends_on(relation.name))
        keys = {name for one in below if one for name in (*self.field.key_columns(one), *one.primary_key)}
        return any(c.name in keys or c.type == "uuid" for c in relation.columns)

    def _is_shared_with_some(self, state: State) -> Talk[bool]:
        """Whether policies let a colleague of hers read a row because of its state, and bob not."""
        below = self.field.catalog.relation(state.relation)
        hers = self.field.population.row(state.relation, ALICE.name)
        if not below or not hers or not any(state.value[0] in names(p.using) for p in below.policies):
            return False
        look = (f"{QUERY}select '1' from {below.name} t where {hers.where}",)
        (carol, _), (bob, _) = self.actors[-1], self.actors[1]
        ever, then, his = yield [
            Attempt(carol, look),
            Attempt(carol, look, before=state.statements),
            Attempt(bob, look, before=state.statements),
        ]
        return bool(then.rows and not ever.rows and not his.rows)


def _then(states: tuple[State, ...], fresh: tuple[str, ...]) -> tuple[State, ...]:
    """Return states after which something else is done."""
    *first, last = states
    return (*first, replace(last, statements=(*last.statements, *fresh)))
