"""Reads what triggers keep of rows that are changed: it may name nobody any more, or another tenant.

A trigger that notes a deletion has no new row to take the owner from. What it notes then lies in no tenant,
where policies show everybody what is everybody's. One that asks where its caller belongs, and not the row,
files what a user of two tenants does in the one with what she does in the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import Read
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, DANA, DANA_IN_BLUE
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import canary
from pytest_readiness.target.identities import SUPERUSER
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Privileges, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity


@dataclass(frozen=True, slots=True)
class _Side:
    """Who does something to whose row, and who may learn nothing by that."""

    doer: Identity
    owner: Person
    stranger: Person


@dataclass(frozen=True, slots=True)
class _Act:
    """What is done to a row, and the texts that others may not learn by that.

    Attributes:
        before: What a superuser does first.
        backend: Whether the backend does it for her: she has no right to.
    """

    relation: Relation
    said: str
    sql: str
    marks: frozenset[str]
    before: tuple[str, ...] = ()
    backend: bool = False

    def attempt(self, doer: Identity) -> Attempt:
        """Return the attempt to do it."""
        if self.backend:
            return Attempt(SUPERUSER, (self.sql,), about=self, before=(*self.before, *doer.acting()))
        return Attempt(doer, (self.sql,), about=self, before=self.before)


class Aftermath:
    """Tries the tables that somebody may change and whose triggers write to others."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self._shown: dict[str, frozenset[str]] = {}

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what somebody reads in it of another's row, once that was changed."""
        wanted = {r.name: r for r in relations if r.name not in self.field.published}
        found: set[str] = set()
        for side in self._sides():
            reader = self.field.cast.user(side.stranger)
            looks = [
                Attempt(reader, (read(place),), about=(place, act), before=self._done(side, act))
                for act in self._allowed(side, wanted)
                for place in self._written(act.relation, wanted)
                if reader.role in place.readable
            ]
            for attempt, outcome in self.field.runner.run(looks):
                place, act = attempt.about
                told = act.marks & {*CANARY.findall("".join(outcome.rows))}
                if told and not outcome.state and place.name not in found and self._is_hidden(attempt, told):
                    found.add(place.name)
                    yield place.name, self._told(attempt, side, min(told))

    def _sides(self) -> Iterator[_Side]:
        """Yield alice with her own row, and whoever is of both tenants with a row of either."""
        yield _Side(self.field.cast.user(ALICE), ALICE, BOB)
        several = any(self.field.population.row(m.relation, DANA.name) for m in self.field.owners.memberships)
        both = (self.field.cast.user(person, DANA.name) for person in (DANA, DANA_IN_BLUE))
        for doer in dict.fromkeys(both) if several else ():
            yield _Side(doer, ALICE, BOB)
            yield _Side(doer, BOB, ALICE)

    def _written(self, relation: Relation, wanted: dict[str, Relation]) -> list[Relation]:
        """Return the relations that triggers of one write to."""
        touched = self.field.texts.touched_by(relation.name) if relation.triggers else frozenset[str]()
        return [wanted[name] for name in sorted(touched & wanted.keys() - {relation.name})]

    def _allowed(self, side: _Side, wanted: dict[str, Relation]) -> list[_Act]:
        acts = [
            act
            for relation in self.field.catalog.relations
            if relation.kind in TABLE_KINDS and self._written(relation, wanted)
            if (row := self.field.population.row(relation.name, side.owner.name)) and row.where
            for act in self._acts(side, relation, row)
        ]
        acts += [replace(act, before=home) for act in acts for home in self._homes(side, act.relation)]
        outcomes = self.field.runner.run([act.attempt(side.doer) for act in acts])
        return [attempt.about for attempt, done in outcomes if done.touched and not done.state]

    def _acts(self, side: _Side, relation: Relation, row: SyntheticRow) -> Iterator[_Act]:
        held = relation.privileges.get(side.doer.role)
        backend = not self._is_of_both(side)
        if (may := held is not None and "delete" in held.others) or backend:
            sql = f"delete from {relation.name} where {row.where}"
            yield _Act(relation, "deleted", sql, frozenset(row.canaries), backend=not may)
        written = held.update if held else frozenset[str]()
        texts = [c for c in relation.columns if CANARY.fullmatch(row.texts.get(c.name) or "") and c.writable]
        changed = [c for c in texts if c.name in written] or (texts if backend else [])
        for column in changed[:1]:
            fresh = canary(self.field.target.seed, relation.name, "changed", column.name)
            sql = f"update {relation.name} set {column.quoted} = {literal(fresh)} where {row.where}"
            marks = frozenset({fresh, *row.canaries})
            yield _Act(relation, "changed", sql, marks, backend=column.name not in written)
        if held and held.insert and self._is_of_both(side):
            yield from self._made(side, relation, held)

    def _made(self, side: _Side, relation: Relation, held: Privileges) -> Iterator[_Act]:
        """Yield the insert of a row of one tenant by whoever is of both."""
        model, owned = self.forger.model(relation, side.owner), self.field.owners.owned.get(relation.name)
        if model and owned and owned.tenants:
            hers = {n: key for n, key in self.forger.owner_keys(relation, DANA).items() if n in owned.users}
            made = {name: value for name, value in (model | hers).items() if name in held.insert}
            marks = CANARY.findall(" ".join(filter(None, made.values())))
            yield _Act(relation, "made", insert_sql(relation, made), frozenset(marks))

    def _is_of_both(self, side: _Side) -> bool:
        return side.doer.name == DANA.name

    def _homes(self, side: _Side, relation: Relation) -> Iterator[tuple[str, ...]]:
        """Yield what says of who is of both tenants that the stranger's is home, if triggers ask."""
        near = self.field.texts.touched_by(relation.name) & self.field.owners.people.keys()
        for name in sorted(near) if self._is_of_both(side) else ():
            people, owned = self.field.catalog.relation(name), self.field.owners.owned.get(name)
            model = self.forger.model(people, side.stranger) if people else None
            if people and model and owned and not self.field.population.row(name, DANA.name):
                hers = {n: key for n, key in self.forger.owner_keys(people, DANA).items() if n in owned.users}
                yield (QUIETLY, insert_sql(people, model | hers), AS_EVER)

    def _done(self, side: _Side, act: _Act) -> tuple[str, ...]:
        return (*act.before, *side.doer.acting(act.sql))

    def _is_hidden(self, attempt: Attempt, told: frozenset[str]) -> bool:
        """Whether the reader gets a text neither where it stands then nor anywhere before."""
        shown = self._shown.get(attempt.actor.name)
        if shown is None:
            shown = frozenset(CANARY.findall("".join(self.field.seen(reader=attempt.actor))))
            self._shown[attempt.actor.name] = shown
        _, act = attempt.about
        there = self.field.runner.one(replace(attempt, steps=(read(act.relation),)))
        return bool(told - shown - {*CANARY.findall("".join(there.rows))})

    def _told(self, attempt: Attempt, side: _Side, mark: str) -> Read:
        place, act = attempt.about
        whose = "her" if side.doer.name == side.owner.name else f"{side.owner.name}'s"
        doer = f"{side.doer.name}, of both tenants," if self._is_of_both(side) else side.doer.name
        doer = "the backend" if act.backend else doer
        name = f"{attempt.actor.name}, after {doer} {act.said} {whose} row in {act.relation.name},"
        script = self.field.script(
            place.name,
            attempt.actor,
            (f"select * from {place.name}",),
            "select 1",
            before=attempt.before,
            beside={act.relation.name, *self.field.texts.depends_on(act.relation.name)},
        )
        return Read(name, 0, 1, side.owner.name, mark, sql=script, kept=True)
