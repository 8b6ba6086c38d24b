"""Reads what a stored view keeps of a place in another tenant that is gone: the tables know, it does not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.asked_states import refreshing
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, State, given_states
from pytest_readiness.gather.synthesis.refusals import insert_sql, where

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.former import Former


@dataclass(frozen=True)
class StoredPlaces:
    """Tries views that are made of a materialized one which looks up who belongs to what.

    Attributes:
        field: Where.
        places: Knows the tables that say so.
    """

    field: Field
    places: Former

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what bob reads of alice's after he left her tenant, until it is refreshed."""
        bob = self.field.cast.user(BOB)
        attempts = [
            Attempt(bob, (read(relation),), about=(relation, state), before=state.statements)
            for relation in relations
            if bob.role in relation.readable
            for kept in self._kept_below(relation)
            for state in self._left(relation, kept)
        ]
        for attempt, outcome in self.field.runner.run(attempts):
            relation, state = attempt.about
            row = self.field.population.row(relation.name, ALICE.name)
            found = self.places.reading(relation, bob, BOB, outcome, row)
            if found.foreign and not outcome.state:
                yield relation.name, given_states(found, bob, (state,))

    @cached_property
    def _lists(self) -> frozenset[str]:
        """Tables of who is in what, or whom somebody chose: what else names a user may be content."""
        owners = self.field.owners
        chosen = {name for name, owned in owners.owned.items() if owned.appointed}
        return frozenset(chosen | {membership.relation for membership in owners.memberships})

    def _kept_below(self, relation: Relation) -> Iterator[Relation]:
        """Yield the materialized views that a view is made of, itself among them."""
        for name in sorted({relation.name, *self.field.texts.depends_on(relation.name)}):
            below = self.field.catalog.relation(name)
            if below and below.kind == "materialized view":
                yield below

    def _left(self, relation: Relation, kept: Relation) -> Iterator[State]:
        """Yield the states in which bob had a place when the rows were stored, and has none any more."""
        for name in sorted(self.field.texts.depends_on(kept.name) & self._lists):
            listing = self.field.catalog.relation(name)
            place = self.places.place_in(listing) if listing else {}
            if listing is None or not place:
                continue
            keys = {one: place[one] for one in self.field.key_columns(listing) if place.get(one)}
            refreshed = refreshing(self.field, relation.name)
            left = f"delete from {name} where {where(listing, keys)}"
            made = (QUIETLY, insert_sql(listing, place), AS_EVER)
            said = f"a place in {name} that he left after {kept.name} was stored"
            yield State(name, said, (*made, *refreshed, left))
