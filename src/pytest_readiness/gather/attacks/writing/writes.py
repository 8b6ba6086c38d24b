"""Writes to every relation as those who do not own its rows, in every form that the server has."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import WriteEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence, Privileges, Relation
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB, CAROL
from pytest_readiness.evidence.population import Population
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.attacks.attempts import TRIPPED, TRIPWIRE, Attempt
from pytest_readiness.gather.attacks.beside.untried import untried_writes
from pytest_readiness.gather.attacks.changes import Changes
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.reading.two_tenants import TwoTenants
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, taken_away
from pytest_readiness.gather.attacks.writing.cascades import Cascades
from pytest_readiness.gather.attacks.writing.colleagues import Colleagues
from pytest_readiness.gather.attacks.writing.commons import Commons
from pytest_readiness.gather.attacks.writing.crossed_policies import CrossedPolicies
from pytest_readiness.gather.attacks.writing.crowding_out import CrowdingOut
from pytest_readiness.gather.attacks.writing.hooked import Hooked
from pytest_readiness.gather.attacks.writing.intrusion import Intrusion
from pytest_readiness.gather.attacks.writing.newly_signed import NewlySigned
from pytest_readiness.gather.attacks.writing.onlookers import Onlookers
from pytest_readiness.gather.attacks.writing.pinning_references import Pinned
from pytest_readiness.gather.attacks.writing.planting import Planting
from pytest_readiness.gather.attacks.writing.shutting import Shutting
from pytest_readiness.gather.attacks.writing.stated_writes import StatedWrites
from pytest_readiness.gather.attacks.writing.voided import Voided
from pytest_readiness.gather.attacks.writing.vouching import Vouching
from pytest_readiness.gather.attacks.writing.write_results import Form, Try, WriteResults, is_unsaid
from pytest_readiness.gather.attacks.writing.writes_by_rank import Ranked
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.synthesis.refusals import insert_sql, where
from pytest_readiness.judges.isolation.mechanisms import explained
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_readiness.evidence.attacks import Assault
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.target.identities import Identity

    _Found = dict[tuple[str, str], list[tuple[Attempt, Outcome]]]
    """By relation and verb, the attempts and what came of them."""

_INTEGRITY = "23"
_TAKEN = "23505"
_REFERRED_TO = "23503"
_TOGETHER = 64
"""Relations that are attacked at a time; what came of their attempts is in memory."""


@gatherer(strength=Strength.ATTACKED, shards=2)
def writes(
    target: Target, shard: Shard, catalog: CatalogEvidence, owners: Owners, population: Population
) -> WriteEvidence:
    """Attack the relations of this shard; every attempt is undone."""
    with Field(target, catalog, owners, population, shard.index) as field:
        if barred := field.barred:
            return WriteEvidence((), undeclared=barred)
        attacked = [relation for relation in catalog.relations if relation.privileges]
        came = _Writer(field).all(shard.part(attacked, attrgetter("name")))
        made = explained(catalog, map(field.registries.doubted, came))
        return WriteEvidence(
            (*made, *untried_writes(target, shard)),
            absent="" if attacked or not target.built.migrations.whole else "no client may use any relation",
        )


class _Writer:
    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self.changes = Changes(self.forger)
        self._emptied = False
        cast = field.cast
        self.actors: list[tuple[Identity, Person | None]] = [
            (cast.user(BOB), BOB),
            *((nobody, None) for nobody in cast.nobody()),
        ]
        self.results = WriteResults(field, self.actors)
        self.ranked = Ranked(field, self.changes)
        self.stated = StatedWrites(field, self.forger, self.changes, self.actors, self._attempt)

    def all(self, relations: Sequence[Relation]) -> Iterator[Assault]:
        """Attack some relations at a time: first in bulk, then where something may get through."""
        for start in range(0, len(relations), _TOGETHER):
            found: _Found = {}
            chosen = relations[start : start + _TOGETHER]
            self._truncate(chosen, found)
            first = self._run((a for relation in chosen for a in self._first(relation)), found)
            second = self._run((a for one, came in first for a in self._second(one, came)), found)
            self._run((a for one, came in second for a in self._third(one, came)), found)
            self._run(self._columns(found), found)
            _note(self.field.in_states(self.stated.all(chosen)), found)
            self._unset(chosen, found)
            _note(list(self.ranked.all(chosen, found)), found)
            self._run((a for relation in chosen for a in self._on_spare(relation)), found)
            yield from (self.results.assault(name, verb, tried) for (name, verb), tried in found.items())
        yield from self._further(relations)

    def _further(self, relations: Sequence[Relation]) -> Iterator[Assault]:
        """Attack relations in ways that take more than one statement, or more than bob."""
        yield from TwoTenants(self.field).writes(relations, self.changes.assignment)
        yield from Colleagues(self.field, self.changes).all(relations)
        yield from Onlookers(self.field, self.forger, self.changes).all(relations)
        yield from NewlySigned(self.field, self.changes).all(relations)
        yield from Planting(self.field, self.forger).all(relations)
        yield from Intrusion(self.field, self.forger).all(relations)
        yield from Cascades(self.field).of_chosen(relations)
        yield from Commons(self.field).all(relations)
        yield from Vouching(self.field).all(relations)
        yield from Voided(self.field, self.changes).all(relations)
        yield from Shutting(self.field, self.forger).all(relations)
        yield from Hooked(self.field, self.forger).all(relations)
        yield from Pinned(self.field).all(relations)
        yield from CrossedPolicies(self.field, self.changes).all(relations)
        yield from CrowdingOut(self.field, self.forger).all(relations)

    def _unset(self, relations: Sequence[Relation], found: _Found) -> None:
        """Make the plain attempts on a connection on which no setting of the application's was ever made."""
        attempts = [
            self._attempt(actor, relation, verb, sql, None)
            for actor in self.field.cast.unset()
            for relation in relations
            if (held := relation.privileges.get(actor.role))
            for verb, sql in (
                *self.changes.bare(relation, held),
                *(("INSERT", sql) for sql in self.forger.inserts(relation, held, None)),
            )
        ]
        _note(self.field.fresh.run(attempts) if attempts else (), found)

    def _on_spare(self, relation: Relation) -> Iterator[Attempt]:
        """Yield plain writes to a row that is put for it into a table of nobody's that is empty."""
        before = self.field.population.spare.get(relation.name)
        for actor, person in self.actors if before else ():
            held = relation.privileges.get(actor.role)
            for verb, sql in self.changes.bare(relation, held) if held and before else ():
                yield self._attempt(actor, relation, verb, sql, person, before=before or ())

    def _run(self, attempts: Iterable[Attempt], found: _Found) -> list[tuple[Attempt, Outcome]]:
        done = list(self.field.runner.run(attempts))
        _note(done, found)
        return done

    def _attempt(  # noqa: PLR0913  what an attempt is made of
        self,
        actor: Identity,
        relation: Relation,
        verb: str,
        sql: str,
        person: Person | None,
        *,
        own: bool = False,
        form: Form = Form.ANY,
        before: tuple[str, ...] = (),
    ) -> Attempt:
        return Attempt(
            actor,
            (sql,),
            tuple(sorted(self.field.texts.touched_by(relation.name))),
            Try(relation, verb, person, own=own, form=form),
            before,
            inert=self.field.texts.inert(relation.name),
        )

    def _first(self, relation: Relation) -> Iterator[Attempt]:
        """Yield the attempts that may settle all others of their verb, and the owner's own."""
        colleagues = [(self.field.cast.user(CAROL), CAROL)] if self._is_one_members(relation) else []
        for actor, person in (*self.actors, *colleagues):
            held = relation.privileges.get(actor.role)
            if held is None:
                continue
            for verb, sql in self.changes.denied(relation, held) if person is BOB else ():
                yield self._attempt(actor, relation, verb, sql, person)
            for verb, sql in self.changes.bare(relation, held):
                yield self._attempt(actor, relation, verb, sql, person, form=Form.BARE)
            for sql in self.forger.inserts(relation, held, person):
                yield self._attempt(actor, relation, "INSERT", sql, person)
        owner = self.field.cast.user(ALICE)
        held = relation.privileges.get(owner.role)
        row = self.field.population.row(relation.name, ALICE.name)
        for verb, sql in self.changes.of_owner(relation, held, row) if held and row else ():
            yield self._attempt(owner, relation, verb, sql, ALICE, own=True)
        for sql in self.forger.anew(relation, held, ALICE) if held else ():
            yield self._attempt(owner, relation, "INSERT", sql, ALICE, own=True)

    def _is_one_members(self, relation: Relation) -> bool:
        """Whether rows belong to a user and by no path to a tenant, while memberships decide who gets there.

        Then a colleague is a stranger to them, who may come nearer than others.
        """
        owners = self.field.owners
        belonging = {membership.relation for membership in owners.memberships}
        near = self.field.texts.depends_on(relation.name) | self.field.texts.touched_by(relation.name)
        return bool(belonging & near - {relation.name}) and not any(
            self.field.labels.of(name, row) & {"red", "blue"}
            for name in near - belonging - owners.roots.keys()
            for row in self.field.population.held.get(name, ())
        )

    def _truncate(self, relations: Sequence[Relation], found: _Found) -> None:
        """Let each role come up to a TRUNCATE of all tables; where something refuses, of one after another.

        No policy asks who it is, so that one actor of a role speaks for all. What the platform grants on
        every table is carried out once.
        """
        roles = {actor.role: (actor, person) for actor, person in reversed(self.actors)}
        for role, (actor, person) in roles.items():
            attempts = [
                self._attempt(actor, r, "TRUNCATE", f"truncate {r.name}, {TRIPWIRE} cascade", person)
                for r in relations
                if role in r.privileges and "truncate" in r.privileges[role].others and r.kind in TABLE_KINDS
            ]
            names = ", ".join(attempt.about.relation.name for attempt in attempts)
            whole = Attempt(actor, (f"truncate {names}, {TRIPWIRE} cascade",))
            if attempts and (outcome := self.field.runner.one(whole)).state == TRIPPED:
                came = [(attempt, outcome) for attempt in attempts]
            else:
                came = list(self.field.runner.run(attempts))
            _note(came, found)
            tripped = [attempt for attempt, outcome in came if outcome.state == TRIPPED]
            if is_unsaid(self.field, "TRUNCATE"):
                tripped, self._emptied = tripped[: not self._emptied], self._emptied or bool(tripped)
            self._run(
                (
                    replace(attempt, steps=(attempt.steps[0].replace(f", {TRIPWIRE}", "", 1),))
                    for attempt in tripped
                ),
                found,
            )

    def _second(self, attempt: Attempt, outcome: Outcome) -> Iterator[Attempt]:
        """Follow up an attempt of the first round.

        A bare statement that touched nobody else's rows leaves only the actor's own to be moved: USING
        is the same for whatever is set, and every condition narrows it.
        """
        about, actor = attempt.about, attempt.actor
        relation, person = about.relation, about.person
        held = relation.privileges[actor.role]
        if about.form is not Form.BARE:
            return
        contained = self._contained(attempt, outcome)
        if about.verb == "DELETE":
            for sql in () if contained else self.changes.deletes(relation, held):
                yield self._attempt(actor, relation, "DELETE", sql, person)
            yield from self._childless(relation, held, actor, person)
            yield from self._without_children(attempt) if outcome.state == _REFERRED_TO else ()
            return
        for sql in self.changes.rehomings(relation, held, person):
            yield self._attempt(actor, relation, "UPDATE", sql, person, form=Form.REHOMING)
        if contained:
            return
        for sql in self.changes.updates(relation, held, person):
            yield self._attempt(actor, relation, "UPDATE", sql, person)
        for sql in self.forger.upserts(relation, held):
            yield self._attempt(actor, relation, "INSERT", sql, person, form=Form.UPSERT)

    def _without_children(self, attempt: Attempt) -> Iterator[Attempt]:
        """Yield an attempt on rows to which nothing refers: most rows of others have nothing below them."""
        relation, person = attempt.about.relation, attempt.about.person
        base = self.forger.base(relation, person or ALICE) or relation
        others = (child for child, _ in self.field.catalog.referring(base.name) if child.parent != base.name)
        children = {child.name for child in others} - {base.name}
        if children:
            emptied = (f"delete from {name}" for name in sorted(children))
            left = tuple(name for name in attempt.watch if name not in children)
            yield replace(attempt, watch=left, before=(QUIETLY, *emptied, AS_EVER))

    def _contained(self, attempt: Attempt, outcome: Outcome) -> bool:
        """Whether a bare statement was seen to reach nobody else's rows, and nothing acts on its own."""
        if outcome.state or not attempt.inert:
            return False
        return not self.field.reaches(outcome, attempt.about.person, {attempt.about.relation.name})

    def _third(self, attempt: Attempt, outcome: Outcome) -> Iterator[Attempt]:
        """Follow up an attempt of the second round."""
        about, actor = attempt.about, attempt.actor
        relation, person = about.relation, about.person
        if about.form is Form.UPSERT and outcome.state == _TAKEN and person:
            yield from self._out_of_the_way(attempt)
        if about.form is not Form.REHOMING:
            return
        held = relation.privileges[actor.role]
        if outcome.state != REFUSED or not self.field.texts.inert(relation.name):
            for sql in self.changes.of_own(relation, iter(attempt.steps), person):
                yield self._attempt(actor, relation, "UPDATE", sql, person)
        if outcome.state.startswith(_INTEGRITY) or not self.field.texts.inert(relation.name):
            for sql, before in self.changes.given_away(relation, held, person):
                yield self._attempt(actor, relation, "UPDATE", sql, person, before=before)

    def _out_of_the_way(self, attempt: Attempt) -> Iterator[Attempt]:
        """Yield an attempt without the actor's own row, which is called like the one that was to be his."""
        about = attempt.about
        base = self.forger.base(about.relation, about.person)
        mine = self.field.population.row(base.name, about.person.name) if base else None
        if base and mine:
            alone = self.changes.unreferenced(base, mine)
            gone = (*alone, *taken_away(base.name, mine))
            yield replace(attempt, about=replace(about, form=Form.ANY), before=gone)

    def _columns(self, found: _Found) -> Iterator[Attempt]:
        """Yield updates of each column of relations of which an actor may have reached rows of others."""
        for (_, verb), tried in list(found.items()):
            if verb != "UPDATE":
                continue
            by_actor: dict[str, list[tuple[Attempt, Outcome]]] = {}
            for attempt, outcome in tried:
                if not attempt.about.own:
                    by_actor.setdefault(attempt.actor.name, []).append((attempt, outcome))
            for ((first, came), *_), others in ((made, made) for made in by_actor.values()):
                if self._contained(first, came) or not any(self._may_get_through(o) for _, o in others):
                    continue
                relation, person = first.about.relation, first.about.person
                held = relation.privileges[first.actor.role]
                for sql in self.changes.each_column(relation, held, person):
                    yield self._attempt(first.actor, relation, "UPDATE", sql, person)

    def _may_get_through(self, outcome: Outcome) -> bool:
        """Whether an update reached rows, or was stopped by what it wrote and not by a privilege."""
        denied = outcome.state == REFUSED and "row-level security" not in outcome.said
        return bool(outcome.changed) or bool(outcome.state and not denied)

    def _childless(
        self, relation: Relation, held: Privileges, actor: Identity, person: Person | None
    ) -> Iterator[Attempt]:
        """Delete a row of the actor's that nothing refers to, for what its triggers do."""
        model = self.forger.model(relation, person) if person else None
        acting = relation.triggers or self.field.texts.touched_by(relation.name) - {relation.name}
        if model is None or "delete" not in held.others or not acting or not relation.primary_key:
            return
        if self.field.texts.inert(relation.name):
            return
        keyed = {name: model.get(name) for name in relation.primary_key}
        if all(keyed.values()):
            delete = f"delete from {relation.name} where {where(relation, keyed)}"
            before = (insert_sql(relation, model),)
            yield self._attempt(actor, relation, "DELETE", delete, person, before=before)


def _note(came: Iterable[tuple[Attempt, Outcome]], found: _Found) -> None:
    """Keep what came of attempts with others on the same relation by the same verb."""
    for attempt, outcome in came:
        found.setdefault((attempt.about.relation.name, attempt.about.verb), []).append((attempt, outcome))
