"""Lets people use what is theirs, so that a change to the target can be told from a loss to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence, Function, Relation
from pytest_readiness.evidence.ownership import Membership, Owners
from pytest_readiness.evidence.people import ALICE, BOB, CAROL
from pytest_readiness.evidence.population import Population
from pytest_readiness.evidence.uses import Use, UseEvidence
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt, Outcome
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.polymorphic import concrete
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

_CALLS = 12
"""Calls of one function."""

_FOUNDED = {
    "uuid": "f0bded00-4815-4162-8342-000000000021",
    "text": "founded",
    "integer": "481600021",
    "bigint": "481600021",
}
"""Keys of a tenant that is new, by their type."""


@gatherer(strength=Strength.ATTACKED)
def uses(target: Target, catalog: CatalogEvidence, owners: Owners, population: Population) -> UseEvidence:
    """Act as alice on what is hers, as carol on what is their tenant's, and as all on what is public."""
    with Field(target, catalog, owners, population) as field:
        if not field.cast.declared:
            return UseEvidence(frozenset())
        found: set[Use] = set()
        for attempt, outcome in field.runner.run(_Users(field).all()):
            found |= set(_held(field, attempt, outcome))
        return UseEvidence(frozenset(found))


class _Users:
    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self.arguments = field.arguments
        self.alice = field.cast.user(ALICE)

    def all(self) -> Iterator[Attempt]:
        """Yield what each does; `about` is the access that it proves."""
        for relation in self.field.catalog.relations:
            yield from self._own(relation)
            yield from self._shared(relation)
        for membership in self.field.owners.memberships:
            yield from self._founded(membership)
        for function in self.field.catalog.functions:
            yield from self._calls(function)

    def _own(self, relation: Relation) -> Iterator[Attempt]:
        row = self.field.population.row(relation.name, ALICE.name)
        held = relation.privileges.get(self.alice.role)
        if held is None:
            return
        name = relation.name
        if held.select and relation.kind not in TABLE_KINDS:
            yield Attempt(self.alice, (read(relation),), about=Use(ALICE.name, "SELECT", name))
        for verb, step in self._steps(relation, row.where if row else ""):
            yield Attempt(self.alice, (step,), about=Use(ALICE.name, verb, name))

    def _steps(self, relation: Relation, where: str) -> Iterator[tuple[str, str]]:
        held = relation.privileges[self.alice.role]
        if where and held.select:
            yield "SELECT", f"{QUERY}select 1 from {relation.name} where {where}"
        if where and "delete" in held.others:
            yield "DELETE", f"delete from {relation.name} where {where}"
        columns = [c for c in relation.columns if c.name in held.update and c.writable]
        if where and columns:
            column = next((c for c in columns if c.name not in self.field.key_columns(relation)), columns[0])
            change = f"set {column.quoted} = {column.quoted}"
            yield "UPDATE", f"update {relation.name} {change} where {where}"
        model = self.forger.model(relation, ALICE) if held.insert else None
        if model is not None:
            values = {name: value for name, value in model.items() if name in held.insert}
            yield "INSERT", insert_sql(relation, values)

    def _shared(self, relation: Relation) -> Iterator[Attempt]:
        """Yield the reads of a colleague, and of all what belongs to nobody."""
        owned = self.field.owners.owned.get(relation.name)
        row = self.field.population.row(relation.name, ALICE.name)
        if owned and owned.tenants and not owned.personal and row:
            step = f"{QUERY}select 1 from {relation.name} where {row.where}"
            yield Attempt(
                self.field.cast.user(CAROL), (step,), about=Use(CAROL.name, "SELECT", relation.name)
            )
        elif owned is None and relation.kind in TABLE_KINDS:
            step = f"{QUERY}select 1 from {relation.name} limit 1"
            for actor in (self.field.cast.user(BOB), *self.field.cast.nobody()):
                yield Attempt(actor, (step,), about=Use(actor.name, "SELECT", relation.name))

    def _founded(self, membership: Membership) -> Iterator[Attempt]:
        """Yield the way of a founder: she makes a tenant, and then herself the first member of it."""
        relation = self.field.catalog.relation(membership.relation)
        root = self.field.catalog.relation(membership.root)
        column = self.field.owners.roots.get(membership.root, "")
        key = root.column(column) if root else None
        if relation is None or root is None or key is None:
            return
        made, joined = self.forger.model(root, ALICE), self.forger.model(relation, ALICE)
        name = _FOUNDED.get(key.type, "")
        if made is None or joined is None or not name:
            return
        steps = (
            insert_sql(root, made | {column: name}),
            insert_sql(relation, joined | {membership.tenant: name}),
        )
        yield Attempt(self.alice, steps, about=Use(ALICE.name, "INSERT as the founder", relation.name))

    def _calls(self, function: Function) -> Iterator[Attempt]:
        if self.alice.role not in function.callers or function.returns in {"trigger", "event_trigger"}:
            return
        watch = tuple(sorted(self.field.texts.function_reach(function)))
        use = Use(ALICE.name, "CALL", function.signature)
        for one in concrete(self.field, function):
            for given in self.arguments.calls(one, _CALLS):
                yield Attempt(self.alice, (call_sql(one, given),), watch, about=use)


def _held(field: Field, attempt: Attempt, outcome: Outcome) -> Iterator[Use]:
    """Yield what an attempt proves: that it works, and what came of a call."""
    use: Use = attempt.about
    if outcome.state:
        return
    if use.verb == "CALL":
        yield use
        if any(mark in text for text in outcome.rows for mark in (ALICE.uuid, *_marks(field))):
            yield Use(use.actor, "CALL with her rows in the answer", use.subject)
        if outcome.changed:
            yield Use(use.actor, "CALL that changes something", use.subject)
        return
    relation = field.catalog.relation(use.subject)
    if relation and relation.kind not in TABLE_KINDS and attempt.steps[0].startswith(QUERY):
        if any(field.recognition.own(relation, json.loads(text), ALICE) for text in outcome.rows):
            yield use
    elif outcome.rows or outcome.touched:
        yield use


def _marks(field: Field) -> frozenset[str]:
    return field.population.canaries(ALICE.name)
