"""Writes to every relation as those who do not own its rows, in every form that the server has."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import ONLY_VERSION, Assault, Harm, WriteEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence, Privileges, Relation
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB, CAROL
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.attempts import TRIPPED, TRIPWIRE, Attempt
from pytest_readiness.gather.attacks.changes import Changes
from pytest_readiness.gather.attacks.field import Field, telling
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.states import asked_by_view, asked_of, besides, named, published
from pytest_readiness.gather.attacks.tally import tally
from pytest_readiness.gather.attacks.two_tenants import TwoTenants
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.synthesis.refusals import insert_sql, where
from pytest_readiness.judges.boxes import open_box
from pytest_readiness.judges.entrances import entrance
from pytest_readiness.judges.mechanisms import explained
from pytest_readiness.judges.reading import made_up
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.judges.boxes import Box
    from pytest_readiness.judges.entrances import Entrance
    from pytest_readiness.target.identities import Identity

_DENIED = "42501"
_INTEGRITY = "23"
_STATES = 12
"""States of her rows in which a relation with triggers is written to."""

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
        return WriteEvidence(
            tuple(explained(catalog, _Writer(field).all(shard.part(attacked, attrgetter("name"))))),
            absent="" if attacked or not target.built.migrations.whole else "no client may use any relation",
        )


class _Form(Enum):
    """What an attempt settles for others: the bare statement reaches whatever any of its verb reaches."""

    ANY = "any"
    BARE = "bare"
    REHOMING = "rehoming"


@dataclass(frozen=True, slots=True)
class _Try:
    """What an attempt is for."""

    relation: Relation
    verb: str
    person: Person | None
    own: bool = False
    form: _Form = _Form.ANY


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

    def all(self, relations: Sequence[Relation]) -> Iterator[Assault]:
        """Attack some relations at a time: first in bulk, then where something may get through."""
        for start in range(0, len(relations), _TOGETHER):
            found: dict[tuple[str, str], list[tuple[Attempt, Outcome]]] = {}
            chosen = relations[start : start + _TOGETHER]
            self._truncate(chosen, found)
            first = self._run((a for relation in chosen for a in self._first(relation)), found)
            second = self._run((a for one, came in first for a in self._second(one, came)), found)
            self._run((a for one, came in second for a in self._third(one, came)), found)
            self._run(self._columns(found), found)
            stated = itertools.chain(
                self._while_published(chosen), self._while_shown(chosen), self._while_asked(chosen)
            )
            for attempt, outcome in self.field.in_states(stated):
                found.setdefault((attempt.about.relation.name, attempt.about.verb), []).append(
                    (attempt, outcome)
                )
            self._unset(chosen, found)
            yield from (self._assault(name, verb, tried) for (name, verb), tried in found.items())
        yield from TwoTenants(self.field).writes(relations, self.changes.assignment)

    def _unset(
        self, relations: Sequence[Relation], found: dict[tuple[str, str], list[tuple[Attempt, Outcome]]]
    ) -> None:
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
        for attempt, outcome in self.field.fresh.run(attempts) if attempts else ():
            found.setdefault((attempt.about.relation.name, attempt.about.verb), []).append((attempt, outcome))

    def _run(
        self, attempts: Iterable[Attempt], found: dict[tuple[str, str], list[tuple[Attempt, Outcome]]]
    ) -> list[tuple[Attempt, Outcome]]:
        done = list(self.field.runner.run(attempts))
        for attempt, outcome in done:
            found.setdefault((attempt.about.relation.name, attempt.about.verb), []).append((attempt, outcome))
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
        form: _Form = _Form.ANY,
        before: tuple[str, ...] = (),
    ) -> Attempt:
        return Attempt(
            actor,
            (sql,),
            tuple(sorted(self.field.texts.touched_by(relation.name))),
            _Try(relation, verb, person, own=own, form=form),
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
                yield self._attempt(actor, relation, verb, sql, person, form=_Form.BARE)
            for sql in self.forger.inserts(relation, held, person):
                yield self._attempt(actor, relation, "INSERT", sql, person)
        owner = self.field.cast.user(ALICE)
        held = relation.privileges.get(owner.role)
        row = self.field.population.row(relation.name, ALICE.name)
        for verb, sql in self.changes.of_owner(relation, held, row) if held and row else ():
            yield self._attempt(owner, relation, verb, sql, ALICE, own=True)

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

    def _truncate(
        self, relations: Sequence[Relation], found: dict[tuple[str, str], list[tuple[Attempt, Outcome]]]
    ) -> None:
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
            for attempt, outcome in came:
                found.setdefault((attempt.about.relation.name, "TRUNCATE"), []).append((attempt, outcome))
            tripped = [attempt for attempt, outcome in came if outcome.state == TRIPPED]
            if self._unsaid("TRUNCATE"):
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
        if about.form is not _Form.BARE:
            return
        contained = self._contained(attempt, outcome)
        if about.verb == "DELETE":
            for sql in () if contained else self.changes.deletes(relation, held):
                yield self._attempt(actor, relation, "DELETE", sql, person)
            yield from self._childless(relation, held, actor, person)
            return
        for sql in self.changes.rehomings(relation, held, person):
            yield self._attempt(actor, relation, "UPDATE", sql, person, form=_Form.REHOMING)
        if contained:
            return
        for sql in self.changes.updates(relation, held, person):
            yield self._attempt(actor, relation, "UPDATE", sql, person)
        for sql in self.forger.upserts(relation, held):
            yield self._attempt(actor, relation, "INSERT", sql, person)

    def _contained(self, attempt: Attempt, outcome: Outcome) -> bool:
        """Whether a bare statement was seen to reach nobody else's rows, and nothing acts on its own."""
        if outcome.state or not attempt.inert:
            return False
        return not self.field.reaches(outcome, attempt.about.person, {attempt.about.relation.name})

    def _third(self, attempt: Attempt, outcome: Outcome) -> Iterator[Attempt]:
        """Follow up an attempt of the second round."""
        about, actor = attempt.about, attempt.actor
        relation, person = about.relation, about.person
        if about.form is not _Form.REHOMING:
            return
        held = relation.privileges[actor.role]
        if outcome.state != _DENIED or not self.field.texts.inert(relation.name):
            for sql in self.changes.of_own(relation, iter(attempt.steps), person):
                yield self._attempt(actor, relation, "UPDATE", sql, person)
        if outcome.state.startswith(_INTEGRITY) or not self.field.texts.inert(relation.name):
            for sql, before in self.changes.given_away(relation, held, person):
                yield self._attempt(actor, relation, "UPDATE", sql, person, before=before)

    def _columns(self, found: dict[tuple[str, str], list[tuple[Attempt, Outcome]]]) -> Iterator[Attempt]:
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

    def _while_published(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield bob's plain writes while everybody may read alice's rows, or those that they belong to."""
        actor, person = self.actors[0]
        for relation in relations:
            held = relation.privileges.get(actor.role, Privileges())
            states = [
                s
                for name in self.field.texts.depends_on(relation.name)
                for s in self._published.get(name, ())
            ]
            for state in states:
                inserts = (("INSERT", sql) for sql in self.forger.inserts(relation, held, person))
                for verb, sql in (*self.changes.bare(relation, held), *inserts):
                    yield self._attempt(actor, relation, verb, sql, person, before=state.statements)

    def _while_shown(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield plain writes to views while alice's rows are in states that their filters ask for."""
        for relation in relations:
            if not relation.view:
                continue
            for states in asked_by_view(self.field, relation)[:_STATES]:
                before = tuple(statement for state in states for statement in state.statements)
                for actor, person in self.actors:
                    held = relation.privileges.get(actor.role, Privileges())
                    for verb, sql in self.changes.bare(relation, held):
                        yield self._attempt(actor, relation, verb, sql, person, before=before)

    def _while_asked(self, relations: Sequence[Relation]) -> Iterator[Attempt]:
        """Yield bob's own writes while her rows are in states that the triggers of a relation ask for."""
        actor, person = self.actors[0]
        for relation in relations:
            held, mine = relation.privileges.get(actor.role), self.forger.model(relation, BOB)
            body = " ".join(trigger.body for trigger in relation.triggers)
            if held is None or mine is None or self.field.texts.inert(relation.name):
                continue
            reached = sorted(self.field.texts.touched_by(relation.name))
            below = [r for name in reached if (r := self.field.catalog.relation(name))]
            states = [s for among in (named, besides) for r in below for s in among(self.field, r, body)]
            own = [(verb, sql) for verb, sql in self.changes.bare(relation, held) if verb == "UPDATE"]
            for state in states[:_STATES]:
                asked = mine | asked_of(relation, (state, *states))
                insert = insert_sql(relation, {n: v for n, v in asked.items() if n in held.insert})
                for verb, sql in ([("INSERT", insert)] if held.insert else []) + own:
                    yield self._attempt(actor, relation, verb, sql, person, before=state.statements)

    @cached_property
    def _published(self) -> dict[str, list[State]]:
        found: dict[str, list[State]] = {}
        for state in published(self.field):
            found.setdefault(state.relation, []).append(state)
        return found

    def _may_get_through(self, outcome: Outcome) -> bool:
        """Whether an update reached rows, or was stopped by what it wrote and not by a privilege."""
        denied = outcome.state == _DENIED and "row-level security" not in outcome.said
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

    def _assault(self, name: str, verb: str, tried: list[tuple[Attempt, Outcome]]) -> Assault:
        attempts = [(attempt, outcome) for attempt, outcome in tried if not attempt.about.own]
        box, entered, left, found = self._box(name, verb), self._entrance(name, verb), "", []
        for attempt, outcome in attempts:
            for harm in self._harms(name, verb, attempt, outcome):
                forged = (harm.kind, harm.relation) == ("forged", name)
                if forged and box and box.takes(attempt.actor.role):
                    left = left or ("" if box.sure else box.doubt)
                elif forged and entered and self._is_own(name, attempt.about.person, outcome):
                    left = left or entered.doubt
                else:
                    found.append(harm)
        owner, owner_sql, invented = self._own(name, tried)
        unclear = left if found else left or invented or self._unclear(name, verb, attempts)
        meant = box.meant if box else ""
        harms, by = _of_each(found), tally(attempts)
        return Assault(name, verb, len(attempts), harms, owner, unclear, owner_sql, by, meant=meant)

    def _own(self, name: str, tried: list[tuple[Attempt, Outcome]]) -> tuple[str, str, str]:
        """Return what the owner's own attempt came to, how to see it, and why it proves nothing."""
        own = [(attempt, outcome) for attempt, outcome in tried if attempt.about.own]
        if not own:
            return "", "", ""
        attempt, outcome = own[-1]
        came, script = _came_to(outcome), self.field.script(name, attempt.actor, attempt.steps)
        invented = self.field.cast.invented(ALICE, outcome.state, outcome.message)
        return ("", script, made_up(came)) if invented else (came, script, "")

    def _harms(self, name: str, verb: str, attempt: Attempt, outcome: Outcome) -> Iterator[Harm]:
        """Yield what one attempt did to others, and what it was told of them."""
        person = attempt.about.person
        if "canary-" in outcome.said and (told := self.field.told(attempt, outcome, person)):
            script = self.field.script(name, attempt.actor, attempt.steps, before=attempt.before)
            yield Harm(attempt.actor.name, "told", name, ALICE.name, f"the refusal says {told}", script)
        if outcome.state == TRIPPED and (harm := self._emptiable(name, attempt)):
            yield harm
        named = self._updated(attempt.about) if verb == "UPDATE" else ()
        others = outcome.changed.keys() - self._whole(attempt.about) if verb == "INSERT" else ()
        for done in self.field.harms(attempt, outcome, person, named, others):
            yield replace(done, kind="residual") if self._unsaid(verb) else done

    def _entrance(self, name: str, verb: str) -> Entrance | None:
        """Return how users put rows of their own into any tenant, if they may do so on purpose."""
        relation, field = self.field.catalog.relation(name), self.field
        if relation is None or verb not in {"INSERT", "UPDATE"}:
            return None
        return entrance(relation, verb, field.owners, field.texts, field.published)

    def _is_own(self, name: str, person: Person | None, outcome: Outcome) -> bool:
        """Whether all rows that an attempt put there name whoever made it."""
        rows = outcome.changed[name].new if person and name in outcome.changed else ()
        return bool(rows) and all(
            person is not None and person.name in self.field.labels.of(name, row) for row in rows
        )

    def _box(self, name: str, verb: str) -> Box | None:
        """Return how callers without a user leave rows for their owners, if they may do so on purpose."""
        if verb != "INSERT":
            return None
        relation, field = self.field.catalog.relation(name), self.field
        user = self.actors[0][0].role
        roles = sorted({actor.role for actor, person in self.actors if person is None} - {user})
        boxes = (open_box(relation, field.owners, field.texts, role, user) for role in roles if relation)
        return next(filter(None, boxes), None)

    def _emptiable(self, name: str, attempt: Attempt) -> Harm | None:
        """Return what a TRUNCATE that nothing refused would have destroyed."""
        person = attempt.about.person
        rows = self.field.population.held.get(name, ())
        row, victims = next(
            ((r, v) for r in rows if (v := self.field.labels.foreign(name, r, person))), ({}, ())
        )
        if not victims:
            return None
        kind = "residual" if self._unsaid("TRUNCATE") else "destroyed"
        script = self.field.script(name, attempt.actor, (f"truncate {name} cascade",))
        return Harm(attempt.actor.name, kind, name, min(victims), telling(row), script)

    def _whole(self, about: _Try) -> frozenset[str]:
        """Return the relation that an insert names, with its parts and its whole; or all below a view."""
        relation, texts = about.relation, self.field.texts
        if relation.kind not in TABLE_KINDS:
            return texts.touched_by(relation.name)
        parts = {r.name for r in self.field.catalog.relations if relation.name in {r.parent, r.name}}
        return frozenset(parts | {relation.parent})

    def _updated(self, about: _Try) -> Container[str]:
        """Return the relations that an update names, itself or by a view over them."""
        name = about.relation.name
        return {name} if about.relation.kind in TABLE_KINDS else self.field.texts.touched_by(name)

    def _unsaid(self, verb: str) -> bool:
        """Whether clients hold the privilege by default, and the platform's API has no word for it."""
        return verb == "TRUNCATE" and self.field.target.profile.grants_all

    def _unclear(self, name: str, verb: str, tried: list[tuple[Attempt, Outcome]]) -> str:
        """Say why attempts that did no harm prove nothing."""
        field = self.field
        if verb in {"UPDATE", "DELETE"} and not field.population.row(name, ALICE.name):
            relation = field.catalog.relation(name)
            if relation and relation.kind in TABLE_KINDS and name in field.owners.owned:
                return field.population.unfilled.get(name, "")
        hung = next((o for _, o in tried if o.state == "57014"), None)
        return f"an attempt was ended after its time: {hung.message}" if hung else ""


def _came_to(outcome: Outcome) -> str:
    if outcome.state == _DENIED or (not outcome.state and not outcome.touched):
        return "refused"
    return f"{outcome.state} {outcome.message}" if outcome.state else "done"


def _of_each(harms: Iterable[Harm]) -> tuple[Harm, ...]:
    """Return one harm of each actor and kind to each relation: one that shows a value, if any does."""
    found: dict[tuple[str, str, str], Harm] = {}
    for harm in harms:
        known = found.get((harm.actor, harm.kind, harm.relation))
        if known is None or (known.what == ONLY_VERSION != harm.what):
            found[harm.actor, harm.kind, harm.relation] = harm
    return tuple(found.values())
