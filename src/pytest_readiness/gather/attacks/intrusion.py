"""Puts the attacker's own row below a row of the victim's that is hidden from him, where she then reads it.

Below what everybody sees, comments, orders and messages are left on purpose. Whoever does not see a row has
nothing to say about it: its owner takes what stands below it for her own, or for that of somebody she let in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.planting import referring
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.refusals import insert_sql, where
from pytest_readiness.judges.boxes import is_weighty
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import ForeignKey, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger
    from pytest_readiness.gather.synthesis.refusals import Values


@dataclass(frozen=True)
class Intrusion:
    """Tries relations that bob may insert into, whose rows name who wrote them and refer to another row."""

    field: Field
    forger: Forger

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what bob put below hidden rows of hers."""
        owners = self.field.owners
        apart = {*owners.boxes, *owners.people, *owners.roots, *(m.relation for m in owners.memberships)}
        role = self.field.cast.user(BOB).role
        for relation in relations:
            held = relation.privileges.get(role)
            mine, hers = (self.field.population.row(relation.name, who.name) for who in (BOB, ALICE))
            if held is None or mine is None or hers is None or relation.kind not in TABLE_KINDS:
                continue
            model = self.forger.model(relation, BOB) or {}
            row = {name: value for name, value in model.items() if name in held.insert}
            for key in referring(self.field, relation, mine, hers) if relation.name not in apart else ():
                if {*held.insert} >= {*key.columns} and (harm := self._put(relation, key, row, hers)):
                    yield Assault(relation.name, "INSERT", 1, (harm,))
                    break

    def _put(self, relation: Relation, key: ForeignKey, row: Values, hers: SyntheticRow) -> Harm | None:
        """Return what came of bob's row below the row that hers refers to."""
        place: Values = {name: hers.texts[name] for name in key.columns}
        bob = self.field.cast.user(BOB)
        insert = insert_sql(relation, row | place)
        came = self.field.runner.one(Attempt(bob, (insert,), (relation.name,)))
        change = None if came.state else came.changed.get(relation.name)
        new = [
            one
            for one in (change.new if change else ())
            if all(str(one.get(name)) == text for name, text in place.items())
            and self.field.labels.people(relation.name, one) == {BOB.name}
        ]
        if not new or not self._counts(relation, row | place, place) or not self._is_hidden(key, hers):
            return None
        if self._sees(ALICE, relation, {}) or not self._sees(ALICE, relation, place):
            return None
        (name, value), *_ = place.items()
        what = f"below alice's of {key.target}, which I do not see: there she reads it ({name} = `{value}`)"
        script = self.field.script(relation.name, bob, (insert,))
        return Harm(BOB.name, "forged", relation.name, ALICE.name, what, script)

    def _counts(self, relation: Relation, row: Values, place: Values) -> bool:
        """Whether a row says something, and it is about money or a verdict, or no writer's to read."""
        kept = self.field.key_columns(relation) | {*relation.primary_key}
        written = [c for c in relation.columns if c.name in row and c.name not in kept]
        said = [column for column in written if not (column.dated and column.default)]
        weighty = any(map(is_weighty, said))
        return bool(said) and (weighty or not self._sees(BOB, relation, place))

    def _is_hidden(self, key: ForeignKey, hers: SyntheticRow) -> bool:
        """Whether bob sees the row of hers nowhere."""
        target = self.field.catalog.relation(key.target)
        row = self.field.population.row(key.target, ALICE.name)
        if target is None or row is None or any(mark in self.field.shown_texts for mark in row.canaries):
            return False
        pairs = zip(key.columns, key.target_columns, strict=True)
        condition = where(target, {other: hers.texts[own] for own, other in pairs})
        look = f"{QUERY}select 1::text from {target.name} where {condition}"
        return not self.field.runner.one(Attempt(self.field.cast.user(BOB), (look,))).rows

    def _sees(self, person: Person, relation: Relation, place: Values) -> bool:
        """Whether a person reads bob's row, as it is or moved to another place."""
        row = self.field.population.row(relation.name, BOB.name)
        if row is None:
            return False
        columns = (column for column in relation.columns if column.name in place)
        moved = ", ".join(f"{column.quoted} = {literal(place[column.name])}" for column in columns)
        before = (QUIETLY, f"update {relation.name} set {moved} where {row.where}", AS_EVER) if moved else ()
        look = f"{QUERY}select 1::text from {relation.name} where {row.where}"
        return bool(self.field.runner.one(Attempt(self.field.cast.user(person), (look,), before=before)).rows)
