"""Reads every relation as its owner, as other users and as nobody."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import AccessEvidence, Read, RelationAccess
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence, Relation
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB, CAROL, NEWCOMER
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.asked_states import VIEWS
from pytest_readiness.gather.attacks.attempts import Attempt, Outcome, Talk
from pytest_readiness.gather.attacks.beside.observed import observed, observes
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.reading.aftermath import Aftermath
from pytest_readiness.gather.attacks.reading.bearers import bearers
from pytest_readiness.gather.attacks.reading.blind_denials import read_past_denials
from pytest_readiness.gather.attacks.reading.circumstances import Circumstances
from pytest_readiness.gather.attacks.reading.confided import Confided
from pytest_readiness.gather.attacks.reading.derived_rows import DerivedRows
from pytest_readiness.gather.attacks.reading.empty_terms import read_in_no_time
from pytest_readiness.gather.attacks.reading.exposed_people import exposed
from pytest_readiness.gather.attacks.reading.filed_copies import Filed
from pytest_readiness.gather.attacks.reading.former import Former
from pytest_readiness.gather.attacks.reading.heights import read_upwards
from pytest_readiness.gather.attacks.reading.intentions import Intentions, Meant
from pytest_readiness.gather.attacks.reading.let_go import LetGo
from pytest_readiness.gather.attacks.reading.narrower_lists import NarrowerLists
from pytest_readiness.gather.attacks.reading.other_cases import OtherCases
from pytest_readiness.gather.attacks.reading.outside_rows import with_outside_rows
from pytest_readiness.gather.attacks.reading.shown_secrets import ShownSecrets
from pytest_readiness.gather.attacks.reading.sights import Sights
from pytest_readiness.gather.attacks.reading.silent import Asked, Silent
from pytest_readiness.gather.attacks.reading.standing_alone import stands_alone
from pytest_readiness.gather.attacks.reading.stored_places import StoredPlaces
from pytest_readiness.gather.attacks.reading.two_tenants import TwoTenants
from pytest_readiness.gather.attacks.reading.vain_terms import read_once_over
from pytest_readiness.gather.attacks.reading.withheld import Withheld
from pytest_readiness.gather.store import Shard
from pytest_readiness.judges.isolation.mechanisms import has_callers_rights, mended, of_relation
from pytest_readiness.judges.isolation.reading import leak
from pytest_readiness.judges.purpose.catalogues import catalogue
from pytest_readiness.judges.purpose.takebacks import untaken
from pytest_readiness.judges.sql.memberships import above, unbound
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.people import Person
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
        self.sights = Sights(field)
        self.secrets = ShownSecrets(field, (actor for actor, _ in self.actors))
        self.circumstances = Circumstances(field, self.sights.of)
        self.intentions = Intentions(field, self.actors, self.sights.of, self.circumstances.given)
        self.silent = Silent(field, self.actors, self.sights.of, self.intentions.published)

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
        places = Former(self.field, self.sights.of)
        confided = Confided(self.field).reads(relations)
        for name, found in (
            *TwoTenants(self.field).reads(relations),
            *self._unset(relations),
            *places.reads(relations),
            *StoredPlaces(self.field, places).reads(relations),
            *read_in_no_time(places, relations),
            *read_once_over(places, relations),
            *read_past_denials(self.field, relations, self.sights.of),
            *read_upwards(self.field, relations, self.sights.of),
            *confided,
            *Aftermath(self.field).reads(relations),
            *DerivedRows(self.field).reads(relations),
            *Filed(self.field).reads(relations),
            *LetGo(self.field, self.sights.of).reads(relations),
            *NarrowerLists(self.field).reads(relations),
            *OtherCases(self.field, self.sights.of).reads(relations),
            *self.secrets.of_views(relations),
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
            found = self.sights.of(relation, attempt.actor, None, outcome, row)
            if found.foreign or found.unowned:
                yield relation.name, found

    def _judge(
        self, relation: Relation, outcomes: list[Outcome], more: tuple[Read, ...]
    ) -> Talk[RelationAccess]:
        field = self.field
        owned = field.owners.owned.get(relation.name)
        reads, asked = yield from self._seen(relation, outcomes, more)
        if row := field.population.row(relation.name, ALICE.name):
            hidden = yield from Withheld(field, relation, row, self.sights.of).reads(self.actors[1:-1])
            reads = (*reads[:1], *hidden, *reads[1:])
        meant = yield from self.intentions.of(relation, outcomes, reads, asked)
        shared = self._shared(relation, outcomes[-1])
        apart = owned is None and (yield from self._apart(relation, outcomes, meant.reads))
        exposure = yield from exposed(field, relation, [actor for actor, _ in self.actors[1:-1]])
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
            door=meant.door,
            open_by=meant.open_by or ("" if owned else catalogue(relation, field.clients)),
            policies=tuple(policy.name for policy in relation.shown_by),
            reads=meant.reads,
            shut=self._is_shut(relation),
            shared=shared,
            shared_sql=self.sights.script(relation, self.actors[-1][0], row) if shared else "",
            two_owners=self._has_owner_in_tenant(relation),
            by=of_relation(field.catalog, relation, "SELECT"),
            mend=mended(relation, "SELECT") or self._untaken(relation),
            part_of=relation.parent,
            apart=apart,
            as_caller=has_callers_rights(relation, field.texts.called([relation.view]), field.catalog),
            untold=self._untold(relation, outcomes, meant),
            exposure=exposure,
        )

    def _untold(self, relation: Relation, outcomes: list[Outcome], meant: Meant) -> str:
        """Say what a view shows that is too little to tell whose it is, unless all are meant to."""
        if relation.kind not in VIEWS or leak(meant.reads[1:]):
            return ""
        looks = zip(self.actors[1:-1], outcomes[1:-1], strict=True)
        said = self.sights.beside.untold(relation, ((*actor, outcome) for actor, outcome in looks))
        row = self.field.population.row(relation.name, ALICE.name)
        return "" if said and self.intentions.said_public(relation, row, outcomes) else said

    def _apart(self, relation: Relation, outcomes: list[Outcome], reads: tuple[Read, ...]) -> Talk[bool]:
        """Whether nothing tells whose rows are, and two users read none of each other's all the same."""
        if relation.kind in TABLE_KINDS:
            return _apart(outcomes) and self._each_their_own(relation, outcomes)
        if any(one.own or one.foreign for one in reads):
            return False
        actors = [actor for actor, _ in self.actors[:-1]]
        return (yield from stands_alone(self.field, relation, actors, outcomes))

    def _is_shut(self, relation: Relation) -> bool:
        """Whether no policy at all shows rows of a table, and none of the clients is above policies."""
        shows = any(policy.command in {"SELECT", "ALL"} and policy.using for policy in relation.policies)
        if relation.kind != "table" or not relation.rls or shows:
            return False
        known = self.field.catalog.roles
        roles = {*relation.readable}.union(*(above(one, known) for one in relation.readable))
        return relation.owner not in roles and not any(unbound(one, self.field.catalog) for one in roles)

    def _each_their_own(self, relation: Relation, outcomes: list[Outcome]) -> bool:
        """Whether what alice and bob read hangs on rows of theirs that policies ask for, and no other's."""
        hers, his = self._keys_asked(relation, ALICE), self._keys_asked(relation, BOB)
        return all(
            said & (mine - others) and not said & (others - mine)
            for outcome, mine, others in ((outcomes[0], hers, his), (outcomes[1], his, hers))
            for said in ({str(value) for value in json.loads(text).values()} for text in outcome.rows)
        )

    def _keys_asked(self, relation: Relation, person: Person) -> frozenset[str]:
        """Return the keys in rows of somebody's that policies of a relation ask for."""
        found = set[str]()
        for name in self.field.texts.depends_on(relation.name) & self.field.owners.owned.keys():
            source, row = self.field.catalog.relation(name), self.field.population.row(name, person.name)
            keys = self.field.key_columns(source) if source and row else ()
            found |= {value for key in keys if row and (value := row.texts.get(key)) is not None}
        return frozenset(found)

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
            self.sights.of(relation, actor, person, outcome, row)
            for (actor, person), outcome in zip(self.actors, outcomes, strict=True)
        )
        reads = self.secrets.noted(relation, outcomes, reads)
        if row is None and self.field.population.row(relation.name, CAROL.name):
            # A list of the privileged: she alone is on it, so that she is the one who has to see it.
            reads = (replace(reads[-1], foreign=0), *reads[1:])
        owned = self.field.owners.owned.get(relation.name)
        if not (owned and owned.personal):
            reads = reads[:-1]  # carol shares a tenant with alice, and may read what is its
        asked = Asked()
        if relation.kind in VIEWS and not any(one.own or one.foreign or one.sqlstate for one in reads[:2]):
            asked = yield from self.silent.asked(relation, row)
            reads = (*asked.reads[:1], *reads[len(asked.reads[:1]) :])
        if not reads[1].foreign and not reads[1].sqlstate:
            reads += (*more, *(yield from self.circumstances.further(relation, row)))
        if relation.kind in TABLE_KINDS and not (reads[0].own or reads[0].sqlstate):
            reads = yield from self.circumstances.witnessed(relation, row, reads)
        # What may be meant comes after all that is not.
        place = len(reads) if asked.may_be_meant else 2
        return (*reads[:place], *asked.reads[1:], *reads[place:]), asked

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


def _derived(relation: Relation, reads: tuple[Read, ...]) -> str:
    shown = relation.kind not in TABLE_KINDS and any(one.own or one.foreign for one in reads)
    return "its rows show values of rows that are owned" if shown else ""


def _apart(outcomes: list[Outcome]) -> bool:
    """Whether alice and bob read rows, and nobody outside of her tenant one of hers."""
    hers, his = {*outcomes[0].rows}, outcomes[1].rows
    return bool(hers and his) and not any(hers & {*other.rows} for other in outcomes[1:-1])
