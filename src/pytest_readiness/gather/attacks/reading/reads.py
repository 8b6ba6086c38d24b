"""Reads every relation as its owner, as other users and as nobody."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import AccessEvidence, Read, RelationAccess
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence, Relation
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB, CAROL, DANA, MALLORY, NEWCOMER
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.attempts import Attempt, Outcome, Talk
from pytest_readiness.gather.attacks.beside.observed import observed, observes
from pytest_readiness.gather.attacks.cast import ANONYMOUSLY
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.reading.bearers import bearers
from pytest_readiness.gather.attacks.reading.confided import Confided
from pytest_readiness.gather.attacks.reading.contained import read_with_empty_lists
from pytest_readiness.gather.attacks.reading.fallbacks import read_with_fallbacks
from pytest_readiness.gather.attacks.reading.former import Former
from pytest_readiness.gather.attacks.reading.inherited import read_below_a_cut
from pytest_readiness.gather.attacks.reading.kinds import numbered_alike, of_other_kinds
from pytest_readiness.gather.attacks.reading.openings import Openings
from pytest_readiness.gather.attacks.reading.outside_rows import with_outside_rows
from pytest_readiness.gather.attacks.reading.ownerless import taken_for_everybodys
from pytest_readiness.gather.attacks.reading.signups import SignUp, sign_ups
from pytest_readiness.gather.attacks.reading.silent import Asked, Silent
from pytest_readiness.gather.attacks.reading.tenantless import read_without_tenant
from pytest_readiness.gather.attacks.reading.two_tenants import TwoTenants
from pytest_readiness.gather.attacks.reading.withheld import Withheld
from pytest_readiness.gather.attacks.reading.witnesses import read_by_colleagues
from pytest_readiness.gather.attacks.seats import colleagues
from pytest_readiness.gather.attacks.states import (
    change,
    given_states,
    kept_papers,
    likenesses,
    published,
    settled,
    statements_of,
    unassigned,
    vacancies,
    withdrawn,
)
from pytest_readiness.gather.attacks.switches import switches
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.synthesis.values import CANARY
from pytest_readiness.judges.isolation.mechanisms import has_callers_rights, mended, of_relation
from pytest_readiness.judges.isolation.reading import leak
from pytest_readiness.judges.owners.assurance import shared_with_the_known
from pytest_readiness.judges.purpose.publication import shows_secrets, withheld
from pytest_readiness.judges.purpose.remainders import may_be_kept
from pytest_readiness.judges.purpose.takebacks import untaken
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.ownership import Ownership
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.judges.isolation.labels import Row
    from pytest_readiness.target.identities import Identity

_OWNER_NAME = re.compile(r"^(owner|private|patient|employee)(_?(to|id|uid|key))?$", re.IGNORECASE)


@gatherer(strength=Strength.ATTACKED, shards=2)
def access(
    target: Target, shard: Shard, catalog: CatalogEvidence, owners: Owners, population: Population
) -> AccessEvidence:
    """Read the relations of this shard as each actor; every read is undone."""
    with Field(target, catalog, owners, population, shard.index) as field:
        if barred := field.barred:
            return AccessEvidence((), undeclared=barred)
        judged = [relation for relation in catalog.relations if relation.name not in owners.public]
        part = shard.part(judged, attrgetter("name"))
        watching = [relation for relation in part if observes(field.texts, [relation.view])]
        found = _Reader(field).all([relation for relation in part if relation not in watching])
        return AccessEvidence(
            (*with_outside_rows(field, found), *_watched(field, watching)),
            absent="" if judged or not target.built.migrations.whole else "the target has no relations",
        )


def _watched(field: Field, relations: list[Relation]) -> Iterable[RelationAccess]:
    """Read views that look at sessions or statistics, while there is something of hers to see."""
    found: dict[str, RelationAccess] = {}
    for seen in observed(field, (relation.view for relation in relations)) if relations else ():
        left = [r for r in relations if r.name not in found or not _is_open(found[r.name])]
        found |= {access.relation: access for access in _Reader(seen).all(left)}
    return found.values()


def _is_open(access: RelationAccess) -> bool:
    return any(one.foreign for one in access.reads[1:])


@dataclass(frozen=True, slots=True)
class _Meant:
    """What is read of a relation, and whether it is meant so.

    Attributes:
        reads: What the owner reads, then the others.
        published: The column and value by which rows are for everybody.
        unclear: Rows, for people, if nothing tells whether they are for everybody.
        open_by: The policy that says so of all rows.
    """

    reads: tuple[Read, ...]
    published: str = ""
    unclear: str = ""
    open_by: str = ""


class _Reader:
    """Reads relations of a populated copy.

    Attributes:
        actors: Alice first, who owns; then everybody who must not see what is hers.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        cast = field.cast
        self.actors: list[tuple[Identity, Person | None]] = [
            (cast.user(ALICE), ALICE),
            (cast.user(BOB), BOB),
            (cast.user(NEWCOMER), NEWCOMER),
            *((nobody, None) for nobody in cast.nobody()),
            *((forger, BOB) for forger in cast.forgers(BOB, ALICE)),
            *((bearer, BOB) for bearer in bearers(field, BOB)),
            (cast.user(CAROL), CAROL),
        ]
        self._marks: dict[Identity, frozenset[str]] = {}
        self._given: dict[Read, tuple[State, ...]] = {}
        self.openings = Openings(field, self.actors, self._read)
        self.silent = Silent(field, self.actors, self._read, self._published)

    def all(self, relations: Iterable[Relation]) -> Iterator[RelationAccess]:
        """Make all reads of these relations."""
        attempts = [
            Attempt(actor, (read(relation),), about=relation)
            for relation in relations
            for actor, _ in self.actors
        ]
        outcomes: dict[str, list[Outcome]] = {}
        for attempt, outcome in self.field.runner.run(attempts):
            outcomes.setdefault(attempt.about.name, []).append(outcome)
        more: dict[str, tuple[Read, ...]] = {}
        former = Former(self.field, self._read).reads(relations)
        confided = Confided(self.field).reads(relations)
        for name, found in (
            *TwoTenants(self.field).reads(relations),
            *self._unset(relations),
            *former,
            *confided,
        ):
            more[name] = (*more.get(name, ()), found)
        yield from self.field.runner.abreast(
            self._judge(r, outcomes[r.name], more.get(r.name, ())) for r in relations
        )

    def _unset(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Read where the application's settings are NULL, which is another state than empty."""
        attempts = (
            Attempt(actor, (read(relation),), about=relation)
            for actor in self.field.cast.unset()
            for relation in relations
            if actor.role in relation.readable
        )
        for attempt, outcome in self.field.fresh.run(attempts) if self.field.cast.unset() else ():
            relation = attempt.about
            row = self.field.population.row(relation.name, ALICE.name)
            found = self._read(relation, attempt.actor, None, outcome, row)
            if found.foreign or found.unowned:
                yield relation.name, found

    def _judge(
        self, relation: Relation, outcomes: list[Outcome], more: tuple[Read, ...]
    ) -> Talk[RelationAccess]:
        field = self.field
        owned = field.owners.owned.get(relation.name)
        reads, asked = yield from self._seen(relation, outcomes, more)
        if row := field.population.row(relation.name, ALICE.name):
            hidden = yield from Withheld(field, relation, row, self._read).reads(self.actors[1:-1])
            reads = (*reads[:1], *hidden, *reads[1:])
        meant = yield from self._meant(relation, outcomes, reads, asked)
        shared = self._shared(relation, outcomes[-1])
        return RelationAccess(
            relation=relation.name,
            kind=relation.kind,
            owned_by=owned.why if owned else _derived(relation, meant.reads),
            nobodys=relation.name in field.owners.nobodys,
            keys_only=self._keys_only(relation),
            rows=len(field.population.held.get(relation.name, ())) or sum(one.own for one in meant.reads[:1]),
            unfilled=field.population.unfilled.get(relation.name, ""),
            published_by=meant.published,
            unclear=meant.unclear,
            open_by=meant.open_by,
            policies=tuple(policy.name for policy in relation.shown_by),
            reads=meant.reads,
            shared=shared,
            shared_sql=self._script(relation, self.actors[-1][0], row) if shared else "",
            two_owners=self._has_owner_in_tenant(relation),
            by=of_relation(field.catalog, relation, "SELECT"),
            mend=mended(relation, "SELECT") or self._untaken(relation),
            part_of=relation.parent,
            as_caller=has_callers_rights(relation, field.texts.called([relation.view]), field.catalog),
        )

    def _untaken(self, relation: Relation) -> str:
        """Return what takes back columns that were taken back in vain; empty if none were."""
        kept = self.field.in_vain(relation)
        return untaken(relation, kept, self.field.clients) if kept else ""

    def _seen(
        self, relation: Relation, outcomes: list[Outcome], more: tuple[Read, ...]
    ) -> Talk[tuple[tuple[Read, ...], Asked]]:
        """Return what everybody reads, and what was asked of a view that shows nothing by itself."""
        row = self.field.population.row(relation.name, ALICE.name)
        reads = tuple(
            self._read(relation, actor, person, outcome, row)
            for (actor, person), outcome in zip(self.actors, outcomes, strict=True)
        )
        if row is None and self.field.population.row(relation.name, CAROL.name):
            # A list of the privileged: she alone is on it, so that she is the one who has to see it.
            reads = (replace(reads[-1], foreign=0), *reads[1:])
        owned = self.field.owners.owned.get(relation.name)
        if not (owned and owned.personal):
            reads = reads[:-1]  # carol shares a tenant with alice, and may read what is its
        asked = Asked()
        if relation.kind == "view" and not any(one.own or one.foreign or one.sqlstate for one in reads[:2]):
            asked = yield from self.silent.asked(relation, row)
            reads = (*asked.reads[:1], *reads[len(asked.reads[:1]) :])
        if not reads[1].foreign and not reads[1].sqlstate:
            reads += (*more, *(yield from self._further(relation, row)))
        if relation.kind in TABLE_KINDS and not (reads[0].own or reads[0].sqlstate):
            reads = yield from self._witnessed(relation, row, reads)
        # What may be meant comes after all that is not.
        place = len(reads) if asked.may_be_meant else 2
        return (*reads[:place], *asked.reads[1:], *reads[place:]), asked

    def _witnessed(
        self, relation: Relation, row: SyntheticRow | None, reads: tuple[Read, ...]
    ) -> Talk[tuple[Read, ...]]:
        """Put what a colleague of hers reads in place of what she does not, and try his rank as bob."""
        witness = yield from read_by_colleagues(self.field, relation, row, self._read)
        for seen, given in witness[1:]:
            self._given[seen] = given
        return (*(seen for seen, _ in witness[:1]), *reads[len(witness[:1]) :], *(s for s, _ in witness[1:]))

    def _meant(
        self, relation: Relation, outcomes: list[Outcome], reads: tuple[Read, ...], asked: Asked
    ) -> Talk[_Meant]:
        """Say whether others are meant to read what they do, and who says so."""
        row = self.field.population.row(relation.name, ALICE.name)
        owned = self.field.owners.owned.get(relation.name)
        leaked = leak(reads[1:])
        if leaked is None:
            reads, unclear = taken_for_everybodys(self.field, relation, reads)
            return _Meant(reads, unclear=unclear)
        published, unclear = ("", "") if leaked.kept else (asked.published, asked.unclear)
        if leaked is reads[1] and leaked.kept:
            return _Meant(reads)
        if leaked not in asked.reads and not leaked.kept:
            given = self._given.get(leaked, ())
            published, unclear = (yield from self._published(relation, row, leaked.actor, given)), ""
            strangers = {nobody.role for nobody in self.field.cast.nobody()} - {self.actors[1][0].role}
            if published and may_be_kept(relation, owned, strangers):
                published, unclear = "", f"rows with {published}"
        if leaked in reads[1:3] and not published and not unclear:
            unclear = yield from self.openings.unclear(relation, row, leaked.actor)
        open_by = self._said_public(relation, row, outcomes) or _for_all_real(relation, owned, reads)
        return _Meant(reads, published, unclear, open_by)

    def _further(self, relation: Relation, row: SyntheticRow | None) -> Talk[tuple[Read, ...]]:
        """Read what bob does not read as things are: in other states, newly signed up, outside of tenants."""
        reads = yield from self._mistaken(relation, row)
        reads += yield from self._signed_up(relation, row)
        for without in (read_without_tenant, read_with_fallbacks, read_with_empty_lists, read_below_a_cut):
            reads += yield from without(self.field, relation, row, self._read)
        return reads

    def _said_public(self, relation: Relation, row: SyntheticRow | None, outcomes: list[Outcome]) -> str:
        """Return the policy that says that everybody reads it, unless what grants withhold is shown."""
        policy = self.field.published.get(relation.name, "")
        hidden = withheld(relation, self.field.clients) if policy and row else frozenset()
        marks = {m for name in hidden for m in CANARY.findall((row and row.texts.get(name)) or "")}
        shown = {mark for outcome in outcomes[1:-1] for text in outcome.rows for mark in CANARY.findall(text)}
        return "" if marks & shown else policy

    def _mistaken(self, relation: Relation, row: SyntheticRow | None) -> Talk[tuple[Read, ...]]:
        """Read as bob while rows are in states that careless operators take for another."""
        bob = self.actors[1][0]
        depends = self.field.texts.depends_on(relation.name)
        states: list[tuple[State, ...]] = [
            (state,) for name in sorted(depends) for state in self.states.get(name, ())
        ]
        states += self._shown_beside(relation)
        if not states:
            return ()
        outcomes = yield [Attempt(bob, (read(relation),), before=statements_of(given)) for given in states]
        reads = []
        for given, outcome in zip(states, outcomes, strict=True):
            found = self._read(relation, bob, BOB, outcome, row)
            if found.foreign:
                reads.append(given_states(found, bob, given))
                # What a colleague is publishes nothing: a switch that does so counts beside it as ever.
                self._given |= {reads[-1]: given} if self._colleagues.keys() >= {*given} else {}
        return tuple(reads)

    def _shown_beside(self, relation: Relation) -> list[tuple[State, ...]]:
        """Return states in which all may read what her row hangs on, and nobody means the row itself."""
        depends = sorted(self.field.texts.depends_on(relation.name))
        shown = [state for name in depends for state in self.publications.get(name, ())]
        if shows_secrets(relation, self.field.clients):
            return [(state,) for state in shown]
        beside = [state for state in shown if state.relation != relation.name]
        return [(paper, state) for paper in kept_papers(self.field, relation) for state in beside]

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
            found = self._read(relation, one.identity, None, replace(outcome, rows=others), row)
            if found.foreign:
                script = one.identity.script()
                sql = found.sql.replace(script, f"{one.statement};\n{script}", 1)
                reads.append(replace(found, sql=sql))
        return tuple(reads)

    @cached_property
    def sign_ups(self) -> tuple[SignUp, ...]:
        """Accounts that somebody made for himself."""
        return tuple(sign_ups(self.field))

    @cached_property
    def states(self) -> dict[str, list[State]]:
        """What bob's own rows may look like, and what hers may, by relation."""
        found: dict[str, list[State]] = defaultdict(list)
        made = (likenesses, withdrawn, settled, vacancies, unassigned, numbered_alike, of_other_kinds)
        for state in (*(state for make in made for state in make(self.field)), *self._colleagues):
            found[state.relation].append(state)
        return found

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

    def _has_owner_in_tenant(self, relation: Relation) -> bool:
        """Whether rows name a tenant, and by a column called so an owner in it."""
        owned = self.field.owners.owned.get(relation.name)
        belonging = {membership.relation for membership in self.field.owners.memberships}
        if owned is None or not owned.tenants or relation.name in belonging:
            return False
        return any(_OWNER_NAME.match(name) for name in owned.users)

    def _shared(self, relation: Relation, outcome: Outcome) -> bool:
        """Whether a member of her tenant reads a row that names alice as well."""
        owned = self.field.owners.owned.get(relation.name)
        if owned is None or not self._has_owner_in_tenant(relation):
            return False
        rows = [json.loads(text) for text in outcome.rows]
        return any({ALICE.name, "red"} <= self.field.labels.of(relation.name, row) for row in rows)

    def _keys_only(self, relation: Relation) -> bool:
        """Whether clients may select only owners, references and keys that the server draws."""
        keys = self.field.key_columns(relation)
        readable = {name for columns in relation.readable.values() for name in columns}
        return relation.kind in TABLE_KINDS and bool(readable) and readable <= keys

    def _read(
        self,
        relation: Relation,
        actor: Identity,
        person: Person | None,
        outcome: Outcome,
        row: SyntheticRow | None,
    ) -> Read:
        if outcome.state:
            sql = self._script(relation, actor, row)
            state, message, texts = (
                outcome.state,
                outcome.message,
                self.field.texts.run_to_read(relation.name),
            )
            invented = person is not None and self.field.cast.invented(person, state, message, texts)
            return Read(actor.name, 0, 0, "", "", state, message, sql, invented=invented)
        found = [json.loads(text) for text in outcome.rows]
        foreign = [one for one in found if self.field.recognition.foreign(relation, one, person)]
        if foreign and relation.kind not in TABLE_KINDS:
            foreign = [one for one in foreign if not self._shown(one, actor, person)]
        own = len(found) - len(foreign) if person and self._owns(relation, found, person) else 0
        unowned = sum(self.field.recognition.unowned(relation, one) for one in found)
        victims = sorted(
            {name for one in foreign for name in self.field.recognition.foreign(relation, one, person)}
        )
        return Read(
            actor.name,
            own=own,
            foreign=len(foreign),
            victim=_victim(victims),
            canary=self._canary(foreign, person, victims),
            sql=self._script(relation, actor, row) if foreign or unowned else "",
            unowned=unowned,
            returned=len(found),
        )

    def _shown(self, row: Row, actor: Identity, person: Person | None) -> bool:
        """Whether all that tells whose values a row shows is told to the actor by tables as well.

        A number of a row of hers, beside a key of it or of hers, is not: a public name excuses no balance.
        """
        text = json.dumps(row)
        marks = self._marks_in(text)
        if any(self.field.recognition.numbers_of_others(text, person)):
            return False
        if actor not in self._marks:
            tables = [r for r in self.field.catalog.relations if r.kind in TABLE_KINDS]
            reads = [Attempt(actor, (read(r),)) for r in tables if actor.role in r.readable]
            rows = [text for _, outcome in self.field.runner.run(reads) for text in outcome.rows]
            self._marks[actor] = frozenset(mark for text in rows for mark in self._marks_in(text))
        return bool(marks) and marks <= self._marks[actor]

    def _marks_in(self, text: str) -> set[str]:
        addresses = self.field.recognition.addresses.within(text)
        return {*CANARY.findall(text), *(address for address, _ in addresses)}

    def _script(self, relation: Relation, actor: Identity, row: SyntheticRow | None) -> str:
        """Return what a person pastes, as superuser, into a copy of the target."""
        before = self.field.setup(relation.name, self.field.texts.depends_on(relation.name))
        condition = f" where {row.where}" if row else ""
        look = f"select * from {relation.name}{condition};"
        return "\n".join(["begin;", *before, actor.script(), look, "rollback;"])

    def _owns(self, relation: Relation, found: list[Row], person: Person) -> bool:
        return any(self.field.recognition.own(relation, one, person) for one in found)

    def _canary(self, rows: list[Row], reader: Person | None, victims: list[str]) -> str:
        text = json.dumps(rows) if rows else ""
        found = self.field.recognition.canaries_of_others(text, reader) if rows else []
        found += [mark for name in victims for mark in self.field.population.canaries(name) if mark in text]
        found.sort()
        numbers = (
            (number for number, _ in self.field.recognition.numbers_of_others(text, reader)) if rows else ()
        )
        addresses = (one for one, _ in self.field.recognition.addresses_of_others(text, reader))
        return next(itertools.chain(found, numbers, addresses), "")

    def _published(
        self, relation: Relation, row: SyntheticRow | None, actor_name: str, given: tuple[State, ...] = ()
    ) -> Talk[str]:
        """Tell whether one column decides that a row is for everybody, and says so by its name.

        It may be a column of a row that this one belongs to: comments are public where their post is.
        Her rows may have been given other states before.
        """
        if shows_secrets(relation, self.field.clients) or self.field.in_vain(relation):
            return ""
        actor, person = next((pair for pair in self.actors if pair[0].name == actor_name), self.actors[1])
        for name, column, value, other in switches(self.field, relation, given):
            rows = (self.field.population.row(name, one.name) for one in (ALICE, CAROL, DANA, NEWCOMER))
            before = statements_of((*given, change(name, column, other, *filter(None, rows))))
            (changed,) = yield (Attempt(actor, (read(relation),), before=before),)
            if not changed.state and not self._read(relation, actor, person, changed, row).foreign:
                return f"{column.quoted} = {value}"
        return ""


def _for_all_real(relation: Relation, owned: Ownership | None, reads: tuple[Read, ...]) -> str:
    """Return the policy that shares a relation with all who signed up, and keeps out those who did not.

    Who thinks of sign-ins without a name means that all others read it.
    """
    nameless = next((one for one in reads if one.actor.endswith(ANONYMOUSLY)), None)
    others = [one for one in reads[1:] if one.foreign]
    if nameless is None or nameless.foreign or any(one.actor == "anon" for one in others):
        return ""
    naming = (*owned.columns, *(owned.reference.columns if owned.reference else ())) if owned else ()
    return shared_with_the_known(relation, naming, "is_anonymous")


def _victim(names: list[str]) -> str:
    people = [name for name in names if name in {ALICE.name, BOB.name, CAROL.name, DANA.name}]
    return (people or [f"tenant {name}" for name in names] or [""])[0]


def _derived(relation: Relation, reads: tuple[Read, ...]) -> str:
    shown = relation.kind not in TABLE_KINDS and any(one.own or one.foreign for one in reads)
    return "its rows show values of rows that are owned" if shown else ""
