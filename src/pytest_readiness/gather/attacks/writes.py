"""Writes to every relation as those who do not own its rows, in every form that the server has."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import ONLY_VERSION, Assault, Harm, WriteEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence, Privileges, Relation
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.two_tenants import TwoTenants
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.synthesis.refusals import insert_sql, where
from pytest_readiness.gather.synthesis.values import is_text
from pytest_readiness.judges.mechanisms import explained
from pytest_readiness.target.quoting import literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, ForeignKey
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.target.identities import Identity

_DENIED = "42501"
_PLAIN = {"jsonb": "'[1]'", "json": "'[1]'", "date": "current_date - 1"}


@gatherer(strength=Strength.ATTACKED, shards=2)
def writes(
    target: Target, shard: Shard, catalog: CatalogEvidence, owners: Owners, population: Population
) -> WriteEvidence:
    """Attack the relations of this shard; every attempt is undone."""
    field = Field(target, catalog, owners, population)
    if not field.cast.declared:
        return WriteEvidence((), undeclared=target.undeclared)
    attacked = [relation for relation in catalog.relations if relation.privileges]
    return WriteEvidence(
        tuple(explained(catalog, _Writer(field).all(shard.part(attacked)))),
        absent="" if attacked or not target.built.migrations.whole else "no client may use any relation",
    )


@dataclass(frozen=True, slots=True)
class _Try:
    """What an attempt is for."""

    relation: Relation
    verb: str
    person: Person | None
    own: bool = False


class _Writer:
    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        cast = field.cast
        self.actors: list[tuple[Identity, Person | None]] = [
            (cast.user(BOB), BOB),
            *((nobody, None) for nobody in cast.nobody()),
        ]

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Make the first attempts of all relations in bulk, and follow up where one may get through."""
        found: dict[tuple[str, str], list[tuple[Attempt, Outcome]]] = {}
        suspicious: dict[tuple[str, str], _Try] = {}
        plans = (attempt for relation in relations for attempt in self._plan(relation))
        unset = (attempt for relation in relations for attempt in self._unset(relation))
        for attempt, outcome in itertools.chain(self.field.runner.run(plans), self._afresh(unset)):
            about = attempt.about
            found.setdefault((about.relation.name, about.verb), []).append((attempt, outcome))
            if about.verb == "UPDATE" and not about.own and self._may_get_through(outcome):
                suspicious[about.relation.name, attempt.actor.name] = about
        deep = (attempt for about in suspicious.values() for attempt in self._deep(about))
        for attempt, outcome in self.field.runner.run(deep):
            about = attempt.about
            found[about.relation.name, about.verb].append((attempt, outcome))
        for (name, verb), tried in found.items():
            yield self._assault(name, verb, tried)
        yield from TwoTenants(self.field).writes(relations, self._assignment)

    def _may_get_through(self, outcome: Outcome) -> bool:
        """Whether an update reached rows, or was stopped by what it wrote and not by a privilege."""
        denied = outcome.state == _DENIED and "row-level security" not in outcome.said
        return bool(outcome.changed) or bool(outcome.state and not denied)

    def _plan(self, relation: Relation) -> Iterator[Attempt]:
        watch = tuple(sorted(self.field.texts.touched_by(relation.name)))
        for actor, person in self.actors:
            held = relation.privileges.get(actor.role)
            if held is None:
                continue
            for verb, steps in self._statements(relation, held, person):
                yield Attempt(actor, steps, watch, _Try(relation, verb, person))
            yield from self._childless(relation, held, actor, person, watch)
            yield from self._given_away(relation, held, actor, person, watch)
        owner = self.field.cast.user(ALICE)
        held = relation.privileges.get(owner.role)
        row = self.field.population.row(relation.name, ALICE.name)
        if held and row:
            for verb, sql in self._own(relation, held, row):
                yield Attempt(owner, (sql,), watch, _Try(relation, verb, ALICE, own=True))

    def _unset(self, relation: Relation) -> Iterator[Attempt]:
        watch = tuple(sorted(self.field.texts.touched_by(relation.name)))
        for actor in self.field.cast.unset():
            if held := relation.privileges.get(actor.role):
                for verb, steps in self._statements(relation, held, None):
                    yield Attempt(actor, steps, watch, _Try(relation, verb, None))

    def _afresh(self, attempts: Iterable[Attempt]) -> Iterable[tuple[Attempt, Outcome]]:
        """Run attempts where no setting was ever made, if there is anybody to make them."""
        return self.field.fresh.run(attempts) if self.field.cast.unset() else ()

    def _deep(self, about: _Try) -> Iterator[Attempt]:
        """Yield updates of each column, alone and together with the owner."""
        relation, person = about.relation, about.person
        watch = tuple(sorted(self.field.texts.touched_by(relation.name)))
        for actor, other in self.actors:
            held = relation.privileges.get(actor.role)
            if other is not person or held is None:
                continue
            for sql in self._each_column(relation, held, person):
                yield Attempt(actor, (sql,), watch, _Try(relation, "UPDATE", person))

    def _childless(
        self,
        relation: Relation,
        held: Privileges,
        actor: Identity,
        person: Person | None,
        watch: tuple[str, ...],
    ) -> Iterator[Attempt]:
        """Delete a row of the actor's that nothing refers to, for what its triggers do."""
        model = self.forger.model(relation, person) if person else None
        acting = relation.triggers or self.field.texts.touched_by(relation.name) - {relation.name}
        if model is None or "delete" not in held.others or not acting or not relation.primary_key:
            return
        keyed = {name: model.get(name) for name in relation.primary_key}
        if all(keyed.values()):
            delete = f"delete from {relation.name} where {where(relation, keyed)}"
            before = (insert_sql(relation, model),)
            yield Attempt(actor, (delete,), watch, _Try(relation, "DELETE", person), before)

    def _given_away(
        self,
        relation: Relation,
        held: Privileges,
        actor: Identity,
        person: Person | None,
        watch: tuple[str, ...],
    ) -> Iterator[Attempt]:
        """Give rows of the actor's away that nothing refers to any more."""
        mine = self.field.population.row(relation.name, person.name) if person else None
        columns = [c for c in relation.columns if c.name in held.update and not c.generated]
        alone = tuple(self._unreferenced(relation, mine)) if mine else ()
        steal = self._owner(relation, columns, ALICE)
        if alone and steal:
            sql = f"update {relation.name} set {steal}"
            yield Attempt(actor, (sql,), watch, _Try(relation, "UPDATE", person), alone)

    def _unreferenced(self, relation: Relation, row: SyntheticRow) -> Iterator[str]:
        """Yield statements by which a superuser takes away what refers to a row, asking no trigger."""
        deletes = [
            f"delete from {child.name} where {where(child, keyed)}"
            for child in self.field.catalog.relations
            for key in child.foreign_keys
            if key.target == relation.name and child.name != relation.name
            if (keyed := self._key_of(key, row))
        ]
        if deletes:
            yield "set local session_replication_role = replica"
            yield from dict.fromkeys(deletes)
            yield "set local session_replication_role = origin"

    @staticmethod
    def _key_of(key: ForeignKey, row: SyntheticRow) -> dict[str, str | None]:
        values = [row.texts.get(name) for name in key.target_columns]
        if any(value is None for value in values):
            return {}
        return dict(zip(key.columns, values, strict=True))

    def _denied(self, relation: Relation, held: Privileges) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the plainest statement of each verb that the role holds no privilege for."""
        first = relation.columns[0].quoted if relation.columns else ""
        if first and not held.update:
            yield "UPDATE", (f"update {relation.name} set {first} = {first}",)
        if first and not held.insert:
            yield "INSERT", (f"insert into {relation.name} ({first}) values (default)",)
        if "delete" not in held.others:
            yield "DELETE", (f"delete from {relation.name}",)
        if "truncate" not in held.others and relation.kind in TABLE_KINDS:
            yield "TRUNCATE", (f"truncate {relation.name}",)

    def _statements(
        self, relation: Relation, held: Privileges, person: Person | None
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from self._denied(relation, held) if person else ()
        yield from (("UPDATE", (sql,)) for sql in self._updates(relation, held, person))
        if "delete" in held.others:
            yield "DELETE", (f"delete from {relation.name}",)
            for sql in self._keyed(relation, f"delete from {relation.name}"):
                yield "DELETE", (sql,)
        if "truncate" in held.others and relation.kind in TABLE_KINDS:
            yield "TRUNCATE", (f"truncate {relation.name}",)
            yield "TRUNCATE", (f"truncate {relation.name} cascade",)
        yield from (("INSERT", (sql,)) for sql in self.forger.inserts(relation, held, person))

    def _updates(self, relation: Relation, held: Privileges, person: Person | None) -> Iterator[str]:
        """Yield the updates that tell whether any gets through.

        They name no column but the one that they set: otherwise SELECT policies take part.
        """
        columns = [c for c in relation.columns if c.name in held.update and not c.generated]
        if not columns:
            return
        plain = self._plain(relation, columns)
        yield f"update {relation.name} set {plain}"
        if person and (steal := self._owner(relation, columns, person)):
            yield f"update {relation.name} set {steal}"
        yield from self._keyed(relation, f"update {relation.name} set {plain}")
        yield from self._rehomings(relation, columns, person)
        yield from self._mistaken(relation, columns, plain) if person else ()
        if relation.kind in TABLE_KINDS and held.select:
            source = "using (select 1) readiness_one on true when matched then update set"
            yield f"merge into {relation.name} {source} {plain}"

    def _assignment(self, relation: Relation, held: Privileges) -> str:
        columns = [c for c in relation.columns if c.name in held.update and not c.generated]
        return self._plain(relation, columns) if columns else ""

    def _plain(self, relation: Relation, columns: list[Column]) -> str:
        """Return an assignment that the server is likely to accept for every row."""
        keys = self.field.key_columns(relation)
        unique = {name for names in relation.unique for name in names}
        content = [c for c in columns if c.name not in keys | unique] or columns
        return f"{content[0].quoted} = {self._value(relation, content[0])}"

    def _value(self, relation: Relation, column: Column) -> str:
        """Return a value that a row of the attacker's, or else of the victim's, has."""
        for person in (BOB, ALICE):
            row = self.field.population.row(relation.name, person.name) or self.forger.of_base(
                relation, person
            )
            value = row.texts.get(column.name) if row else None
            if value is not None:
                return literal(value)
        return "null" if not column.not_null else "default"

    def _each_column(self, relation: Relation, held: Privileges, person: Person | None) -> Iterator[str]:
        columns = [c for c in relation.columns if c.name in held.update and not c.generated]
        steal = self._owner(relation, columns, person) if person else ""
        for column in columns:
            if column.name in self.field.key_columns(relation):
                continue
            for change in dict.fromkeys((self._value(relation, column), _other(column))):
                if change:
                    yield f"update {relation.name} set {column.quoted} = {change}"
                    if steal:
                        yield f"update {relation.name} set {column.quoted} = {change}, {steal}"

    def _keyed(self, relation: Relation, statement: str) -> Iterator[str]:
        """Yield a statement for the victim's row alone: a row of somebody else may stop the bare one."""
        row = self.field.population.row(relation.name, ALICE.name)
        if row and row.where:
            yield f"{statement} where {row.where}"

    def _owner(self, relation: Relation, columns: list[Column], person: Person) -> str:
        """Return assignments that make a row the person's."""
        keys = self.forger.owner_keys(relation, person)
        return ", ".join(f"{c.quoted} = {literal(keys[c.name])}" for c in columns if keys.get(c.name))

    def _mistaken(self, relation: Relation, columns: list[Column], plain: str) -> Iterator[str]:
        """Yield updates of a view's row that call it the victim's: what acts for it may look there."""
        if relation.kind in TABLE_KINDS:
            return
        mine, hers = self.forger.of_base(relation, BOB), self.forger.of_base(relation, ALICE)
        for column in columns if mine and hers else ():
            value = hers.texts.get(column.name) if hers else None
            if mine and value not in {None, mine.texts.get(column.name)} and column.type != "json":
                yield f"update {relation.name} set {column.quoted} = {literal(value)}"
                if not plain.startswith(f"{column.quoted} ="):
                    yield f"update {relation.name} set {column.quoted} = {literal(value)}, {plain}"

    def _rehomings(self, relation: Relation, columns: list[Column], person: Person | None) -> Iterator[str]:
        """Yield updates that put the actor's own rows in the victim's place, one key at a time."""
        mine = self.field.population.row(relation.name, person.name) if person else None
        hers = self.field.population.row(relation.name, ALICE.name)
        if mine is None or hers is None:
            return
        keys = self.field.key_columns(relation) - {*relation.primary_key}
        changes = [
            f"{column.quoted} = {literal(value)}"
            for column in columns
            if column.name in keys
            and (value := hers.texts.get(column.name)) is not None
            and value != mine.texts.get(column.name)
        ]
        if steal := self._owner(relation, columns, ALICE):
            changes.append(steal)
        for change in dict.fromkeys(changes):
            yield f"update {relation.name} set {change}"
            yield f"update {relation.name} set {change} where {mine.where}"

    def _own(self, relation: Relation, held: Privileges, row: SyntheticRow) -> Iterator[tuple[str, str]]:
        """Yield what the owner does with her own row."""
        columns = [c for c in relation.columns if c.name in held.update and not c.generated]
        if columns:
            yield "UPDATE", f"update {relation.name} set {self._plain(relation, columns)} where {row.where}"
        if "delete" in held.others:
            yield "DELETE", f"delete from {relation.name} where {row.where}"

    def _assault(self, name: str, verb: str, tried: list[tuple[Attempt, Outcome]]) -> Assault:
        harms: dict[tuple[str, str, str], Harm] = {}
        owner, owner_sql = "", ""
        for attempt, outcome in tried:
            if attempt.about.own:
                owner = _came_to(outcome)
                owner_sql = self.field.script(name, attempt.actor, attempt.steps)
                continue
            if "canary-" in outcome.said and (
                told := self.field.told(attempt, outcome, attempt.about.person)
            ):
                script = self.field.script(name, attempt.actor, attempt.steps, before=attempt.before)
                harm = Harm(attempt.actor.name, "told", name, ALICE.name, f"the refusal says {told}", script)
                harms.setdefault((harm.actor, harm.kind, harm.relation), harm)
            named = self._updated(attempt.about) if verb == "UPDATE" else ()
            for done in self.field.harms(attempt, outcome, attempt.about.person, named):
                harm = replace(done, kind="residual") if self._unsaid(verb) else done
                known = harms.get((harm.actor, harm.kind, harm.relation))
                if known is None or (known.what == ONLY_VERSION != harm.what):
                    harms[harm.actor, harm.kind, harm.relation] = harm
        attempts = [(a, o) for a, o in tried if not a.about.own]
        unclear = self._unclear(name, verb, attempts) if not harms else ""
        return Assault(name, verb, len(attempts), tuple(harms.values()), owner, unclear, owner_sql)

    def _updated(self, about: _Try) -> Container[str]:
        """Return the relations that an update names, itself or by a view over them."""
        name = about.relation.name
        return {name} if about.relation.kind == "r" else self.field.texts.touched_by(name)

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


def _other(column: Column) -> str:
    """Return a value that no row has; empty when none is plain."""
    base = column.type.split("(")[0]
    if is_text(column):
        return literal("x")
    if base in {"smallint", "integer", "bigint", "numeric", "real", "double precision"}:
        return "1"
    if base == "boolean":
        return "true"
    if column.kind == "e":
        return literal(column.labels[-1]) if column.labels else ""
    return _PLAIN.get(base, "now()" if base.startswith("timestamp") else "")
