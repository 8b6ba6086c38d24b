"""Reads what nobody else sees as things are: in other states, newly signed up, outside of tenants."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import BOB, MALLORY
from pytest_readiness.gather.attacks.asked_states import VIEWS
from pytest_readiness.gather.attacks.attempts import Attempt, Talk
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.reading.contained import read_with_empty_lists
from pytest_readiness.gather.attacks.reading.drafts import Drafts
from pytest_readiness.gather.attacks.reading.fallbacks import read_with_fallbacks
from pytest_readiness.gather.attacks.reading.inherited import read_below_a_cut
from pytest_readiness.gather.attacks.reading.kinds import numbered_alike, of_other_kinds
from pytest_readiness.gather.attacks.reading.shown_to_lists import read_by_a_list
from pytest_readiness.gather.attacks.reading.signups import SignUp, sign_ups
from pytest_readiness.gather.attacks.reading.tenantless import read_without_tenant
from pytest_readiness.gather.attacks.reading.unlisted import read_unlisted
from pytest_readiness.gather.attacks.reading.witnesses import read_by_colleagues, read_by_the_raised
from pytest_readiness.gather.attacks.seats import colleagues
from pytest_readiness.gather.attacks.states import (
    given_states,
    hiding_of,
    kept_papers,
    likenesses,
    published,
    settled,
    statements_of,
    unassigned,
    vacancies,
    withdrawn,
)
from pytest_readiness.judges.purpose.publication import shows_secrets

if TYPE_CHECKING:
    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading
    from pytest_readiness.gather.attacks.states import State


_WITHOUT = (
    read_without_tenant,
    read_with_fallbacks,
    read_with_empty_lists,
    read_unlisted,
    read_below_a_cut,
)


class Circumstances:
    """Reads relations in other circumstances than those in which they were populated.

    Attributes:
        read: Says what an outcome shows of whom.
        given: The states in which something was read that is not so as things are.
    """

    def __init__(self, field: Field, reading: Reading) -> None:
        self.field = field
        self.read = reading
        self.bob = field.cast.user(BOB)
        self.given: dict[Read, tuple[State, ...]] = {}

    def further(self, relation: Relation, row: SyntheticRow | None) -> Talk[tuple[Read, ...]]:
        """Read what bob does not read as things are: in other states, newly signed up, outside of tenants."""
        reads = yield from self._mistaken(relation, row)
        reads += yield from self._signed_up(relation, row)
        for without in _WITHOUT:
            reads += yield from without(self.field, relation, row, self.read)
        drafts = Drafts(self.field, self.read)
        for state in self._published_beside(relation):
            reads += yield from drafts.of(relation, row, (self.bob, BOB), (state,))
        return reads

    def witnessed(
        self, relation: Relation, row: SyntheticRow | None, reads: tuple[Read, ...]
    ) -> Talk[tuple[Read, ...]]:
        """Put what a colleague of hers reads in place of what she does not, and try his rank as bob."""
        if raised := (yield from read_by_the_raised(self.field, relation, row, self.read)):
            return (*raised, *reads[1:])
        witness = yield from read_by_colleagues(self.field, relation, row, self.read)
        for seen, given in witness[1:]:
            self.given[seen] = given
        return (*(seen for seen, _ in witness[:1]), *reads[len(witness[:1]) :], *(s for s, _ in witness[1:]))

    def _mistaken(self, relation: Relation, row: SyntheticRow | None) -> Talk[tuple[Read, ...]]:
        """Read as bob while rows are in states that careless operators take for another."""
        depends = self.field.texts.depends_on(relation.name)
        states: list[tuple[State, ...]] = [
            (state,) for name in sorted(depends) for state in self.states.get(name, ())
        ]
        states += self._shown_beside(relation)
        if relation.kind in VIEWS:
            states += [(state,) for name in sorted(depends) if (state := self.field.hidings.get(name))]
        if not states:
            return ()
        outcomes = yield [
            Attempt(self.bob, (read(relation),), before=statements_of(given)) for given in states
        ]
        reads = []
        for given, outcome in zip(states, outcomes, strict=True):
            found = self.read(relation, self.bob, BOB, outcome, row, hiding_of(given))
            if found.foreign and not (yield from self._on_a_list(relation, row, given)):
                reads.append(given_states(found, self.bob, given))
                # What a colleague is publishes nothing: a switch that does so counts beside it as ever.
                apart = hiding_of(given) or self._colleagues.keys() >= {*given}
                self.given |= {reads[-1]: given} if apart else {}
        return tuple(reads)

    def _on_a_list(
        self, relation: Relation, row: SyntheticRow | None, given: tuple[State, ...]
    ) -> Talk[bool]:
        """Whether what is left open is shown to those alone who are on a list for that."""
        if not self._left_open.keys() & {*given}:
            return False
        return (yield from read_by_a_list(self.field, relation, row, given, self.read))

    def _shown_beside(self, relation: Relation) -> list[tuple[State, ...]]:
        """Return states in which all may read what her row hangs on, and nobody means the row itself."""
        beside = self._published_beside(relation)
        if shows_secrets(relation, self.field.clients):
            return [(state,) for state in (*self.publications.get(relation.name, ()), *beside)]
        return [(paper, state) for paper in kept_papers(self.field, relation) for state in beside]

    def _published_beside(self, relation: Relation) -> list[State]:
        depends = sorted(self.field.texts.depends_on(relation.name) - {relation.name})
        return [state for name in depends for state in self.publications.get(name, ())]

    def _signed_up(self, relation: Relation, row: SyntheticRow | None) -> Talk[tuple[Read, ...]]:
        """Read as somebody new who chose what code believes of those who sign up."""
        made = [one for one in self.sign_ups if one.identity.role in relation.readable]
        if not made:
            return ()
        outcomes = yield [Attempt(one.identity, (read(relation),), before=(one.statement,)) for one in made]
        reads = []
        for one, outcome in zip(made, outcomes, strict=True):
            # What names her is hers, whatever she called herself.
            others = tuple(text for text in outcome.rows if MALLORY.uuid not in text)
            found = self.read(relation, one.identity, None, replace(outcome, rows=others), row)
            if found.foreign:
                script = one.identity.script()
                sql = found.sql.replace(script, f"{one.statement};\n{script}", 1)
                why = one.believed
                reads.append(replace(found, sql=sql, cause=why.cause, by=why.by, mend=why.mend))
        return tuple(reads)

    @cached_property
    def sign_ups(self) -> tuple[SignUp, ...]:
        """Accounts that somebody made for himself."""
        return tuple(sign_ups(self.field))

    @cached_property
    def states(self) -> dict[str, list[State]]:
        """What bob's own rows may look like, and what hers may, by relation."""
        found: dict[str, list[State]] = defaultdict(list)
        made = (likenesses, withdrawn, settled, vacancies, numbered_alike, of_other_kinds)
        others = (*self._left_open, *self._colleagues)
        for state in (*(state for make in made for state in make(self.field)), *others):
            found[state.relation].append(state)
        return found

    @cached_property
    def _left_open(self) -> dict[State, None]:
        """States in which a row of hers leaves one of its owners open."""
        return dict.fromkeys(unassigned(self.field))

    @cached_property
    def _colleagues(self) -> dict[State, None]:
        """States in which somebody in bob's tenant is one thing or another there."""
        return dict.fromkeys(colleagues(self.field))

    @cached_property
    def publications(self) -> dict[str, list[State]]:
        """States in which everybody may read rows of hers: what hangs on them may stay secret."""
        found: dict[str, list[State]] = defaultdict(list)
        for state in published(self.field):
            found[state.relation].append(state)
        return found
