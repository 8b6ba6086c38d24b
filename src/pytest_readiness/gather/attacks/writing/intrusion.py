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
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.attacks.writing.planting import referring
from pytest_readiness.gather.synthesis.refusals import found_by, insert_sql, where
from pytest_readiness.judges.isolation.growth import counted
from pytest_readiness.judges.purpose.payments import pop_same
from pytest_readiness.judges.purpose.weights import is_weighty
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, ForeignKey, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger
    from pytest_readiness.gather.synthesis.refusals import Values


@dataclass(frozen=True, slots=True)
class _Put:
    """A row of bob's below one of hers.

    Attributes:
        place: The columns that refer to hers.
        said: Those in which the row says something.
    """

    relation: Relation
    key: ForeignKey
    place: Values
    said: list[Column]


@dataclass(frozen=True)
class Intrusion:
    """Tries relations that bob may insert into, whose rows name who wrote them and refer to another row."""

    field: Field
    forger: Forger

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what bob put below hidden rows of hers, once for each relation."""
        found: dict[str, Harm] = {}
        for attempt, outcome in self.field.runner.run(self._attempts(relations)):
            name = attempt.about.relation.name
            harm = None if name in found else self._harm(attempt, outcome)
            found |= {name: harm} if harm else {}
        yield from (Assault(name, "INSERT", 1, (harm,)) for name, harm in found.items())

    def _attempts(self, relations: Iterable[Relation]) -> Iterator[Attempt]:
        """Yield inserts of bob's rows, each below one row that hers refers to."""
        owners, bob = self.field.owners, self.field.cast.user(BOB)
        apart = owners.boxes | owners.identifying
        for relation in relations:
            held = relation.privileges.get(bob.role)
            mine, hers = (self.field.population.row(relation.name, who.name) for who in (BOB, ALICE))
            if held is None or mine is None or hers is None or relation.kind not in TABLE_KINDS:
                continue
            keys = [*referring(self.field, relation, mine, hers)] if relation.name not in apart else []
            model = (self.forger.model(relation, BOB) or {}) if keys else {}
            row = {name: value for name, value in model.items() if name in held.insert}
            said = self._said(relation, row)
            for key in keys if said else ():
                place: Values = {name: hers.texts[name] for name in key.columns}
                if {*held.insert} >= place.keys():
                    insert = insert_sql(relation, row | place)
                    watch = tuple(dict.fromkeys((relation.name, key.target)))
                    yield Attempt(bob, (insert,), watch, _Put(relation, key, place, said))

    def _harm(self, attempt: Attempt, outcome: Outcome) -> Harm | None:
        """Return what it is for her that the row is there; None where it is meant so, or nothing to her."""
        put: _Put = attempt.about
        if not self._is_there(put, outcome) or not self._is_hidden(put):
            return None
        if self._is_read(put):
            how = "there she reads it"
        elif of_hers := self._counted(put, outcome):
            how = f"hers says another {of_hers} then"
        else:
            return None
        (name, value), *_ = put.place.items()
        what = f"below alice's of {put.key.target}, which I do not see: {how} ({name} = `{value}`)"
        script = self.field.script(put.relation.name, attempt.actor, attempt.steps)
        return Harm(BOB.name, "forged", put.relation.name, ALICE.name, what, script, below=True)

    def _is_read(self, put: _Put) -> bool:
        """Whether she reads the row for no other reason than that it is there.

        What a writer reads himself may be a message to her, unless it is about money or a verdict.
        """
        hers = self._sees(ALICE, put, put.place) and not self._sees(ALICE, put, {})
        return hers and (any(map(is_weighty, put.said)) or not self._sees(BOB, put, put.place))

    def _counted(self, put: _Put, outcome: Outcome) -> str:
        """Return the column of her row that counts what is below it, where a trigger did so.

        Between two rows of one kind it is a transfer, and where one of his own changed too he paid for it.
        """
        if sum(key.target == put.key.target for key in put.relation.foreign_keys) > 1:
            return ""
        above, change = self.field.catalog.relation(put.key.target), outcome.changed.get(put.key.target)
        later = list(change.new) if change else []
        found = ""
        for before in change.gone if change and above else ():
            after = pop_same(above, before, later) if above else None
            if not self.field.labels.foreign(put.key.target, before, BOB):
                return ""
            found = found or (counted(before, after) if after else "")
        return found

    def _is_there(self, put: _Put, outcome: Outcome) -> bool:
        """Whether bob's row is there as he wrote it."""
        change = None if outcome.state else outcome.changed.get(put.relation.name)
        return any(
            all(str(one.get(name)) == text for name, text in put.place.items())
            and self.field.labels.people(put.relation.name, one) == {BOB.name}
            for one in (change.new if change else ())
        )

    def _said(self, relation: Relation, row: Values) -> list[Column]:
        """Return the columns in which a row says something, beside whose it is and when it was made."""
        kept = self.field.key_columns(relation) | {*relation.primary_key}
        written = [c for c in relation.columns if c.name in row and c.name not in kept]
        return [column for column in written if not (column.dated and column.default)]

    def _is_hidden(self, put: _Put) -> bool:
        """Whether bob sees the row of hers nowhere."""
        target = self.field.catalog.relation(put.key.target)
        row = self.field.population.row(put.key.target, ALICE.name)
        if target is None or row is None or any(mark in self.field.shown_texts for mark in row.canaries):
            return False
        pairs = zip(put.key.columns, put.key.target_columns, strict=True)
        condition = where(target, {other: put.place[own] for own, other in pairs})
        look = f"{QUERY}select 1::text from {target.name} where {condition}"
        return not self.field.runner.one(Attempt(self.field.cast.user(BOB), (look,))).rows

    def _sees(self, person: Person, put: _Put, place: Values) -> bool:
        """Whether a person reads bob's row, as it is or moved to another place."""
        relation = put.relation
        row = self.field.population.row(relation.name, BOB.name)
        if row is None:
            return False
        columns = (column for column in relation.columns if column.name in place)
        moved = ", ".join(f"{column.quoted} = {literal(place[column.name])}" for column in columns)
        update = f"update {relation.name} set {moved} where {row.where}"
        before = (QUIETLY, *self._making_room(relation, place), update, AS_EVER) if moved else ()
        look = f"{QUERY}select 1::text from {relation.name} where {found_by(relation, row.texts | place)}"
        return bool(self.field.runner.one(Attempt(self.field.cast.user(person), (look,), before=before)).rows)

    def _making_room(self, relation: Relation, place: Values) -> Iterator[str]:
        """Yield what removes her own row from a place that is part of the key: his may be counted alike."""
        hers = self.field.population.row(relation.name, ALICE.name)
        if hers is not None and place.keys() & {*relation.primary_key}:
            yield f"delete from {relation.name} where {hers.where}"
