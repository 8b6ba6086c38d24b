"""Reads what triggers keep of a row of alice's that she changes or deletes: it may name nobody any more.

A trigger that notes a deletion has no new row to take the owner from. What it notes then lies in no tenant,
where policies show everybody what is everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import Read
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import rows_of_hers
from pytest_readiness.gather.synthesis.values import CANARY, canary
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field


@dataclass(frozen=True, slots=True)
class _Act:
    """What she does to a row of hers, and the texts that others may not learn by that."""

    relation: Relation
    said: str
    sql: str
    marks: frozenset[str]


class Aftermath:
    """Tries the tables that she may change and whose triggers write to others."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.alice, self.bob = field.cast.user(ALICE), field.cast.user(BOB)

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what bob reads in it of her row, once she has changed that."""
        readable = (r for r in relations if self.bob.role in r.readable)
        wanted = {r.name: r for r in readable if r.name not in self.field.published}
        looks = [
            Attempt(self.bob, (read(place),), about=(place, act), before=self.alice.acting(act.sql))
            for relation, row in rows_of_hers(self.field)
            if (places := self._written(relation, wanted))
            for act in self._allowed(relation, row)
            for place in places
        ]
        found: set[str] = set()
        for attempt, outcome in self.field.runner.run(looks):
            place, act = attempt.about
            told = act.marks & {*CANARY.findall("".join(outcome.rows))} - self.field.shown_texts
            if told and not outcome.state and place.name not in found:
                found.add(place.name)
                yield place.name, self._told(attempt, min(told))

    def _written(self, relation: Relation, wanted: dict[str, Relation]) -> list[Relation]:
        """Return the relations that triggers of one write to, and others read."""
        touched = self.field.texts.touched_by(relation.name) if relation.triggers else frozenset[str]()
        return [wanted[name] for name in sorted(touched & wanted.keys() - {relation.name})]

    def _allowed(self, relation: Relation, row: SyntheticRow) -> list[_Act]:
        tried = [Attempt(self.alice, (act.sql,), about=act) for act in self._acts(relation, row)]
        outcomes = self.field.runner.run(tried)
        return [attempt.about for attempt, done in outcomes if done.touched and not done.state]

    def _acts(self, relation: Relation, row: SyntheticRow) -> Iterator[_Act]:
        held = relation.privileges.get(self.alice.role)
        if held is None:
            return
        if "delete" in held.others:
            sql = f"delete from {relation.name} where {row.where}"
            yield _Act(relation, "deleted", sql, frozenset(row.canaries))
        texts = (c for c in relation.columns if CANARY.fullmatch(row.texts.get(c.name) or ""))
        column = next((c for c in texts if c.name in held.update and c.writable), None)
        if column:
            fresh = canary(self.field.target.seed, relation.name, "changed", column.name)
            sql = f"update {relation.name} set {column.quoted} = {literal(fresh)} where {row.where}"
            yield _Act(relation, "changed", sql, frozenset({fresh, *row.canaries}))

    def _told(self, attempt: Attempt, mark: str) -> Read:
        place, act = attempt.about
        name = f"{attempt.actor.name}, after alice {act.said} her row in {act.relation.name},"
        script = self.field.script(
            place.name,
            attempt.actor,
            (f"select * from {place.name}",),
            "select 1",
            before=attempt.before,
            beside={act.relation.name, *self.field.texts.depends_on(act.relation.name)},
        )
        return Read(name, 0, 1, ALICE.name, mark, sql=script, kept=True)
