"""Moves the attacker's own row to a place of the victim's: a path or a topic, or below a row of hers.

Nothing says that such a place is closed to him. Policies do: the very row that UPDATE let through INSERT
refuses there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import ForeignKey, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger
    from pytest_readiness.gather.synthesis.refusals import Values

_BESIDE = ("x", "/x", ":x", ".x")
"""What makes another text of one, and leaves the place that it names."""

_TELLING = 5
"""Characters that a key must have to be told inside of a text."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Values of the same columns: beside what is his, and beside what is hers."""

    mine: Values
    hers: Values

    @classmethod
    def of(
        cls, columns: tuple[str, ...], mine: SyntheticRow, hers: SyntheticRow, suffix: str = ""
    ) -> _Places:
        """Return the values that two rows have, or what lies beside these."""
        own: Values = {name: f"{mine.texts[name]}{suffix}" for name in columns}
        other: Values = {name: f"{hers.texts[name]}{suffix}" for name in columns}
        return cls(own, other)


@dataclass(frozen=True)
class Planting:
    """Tries relations that bob may insert into and update."""

    field: Field
    forger: Forger

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what bob put where she reads it, and where nobody lets him put it."""
        role = self.field.cast.user(BOB).role
        for relation in relations:
            held = relation.privileges.get(role)
            mine, hers = (self.field.population.row(relation.name, who.name) for who in (BOB, ALICE))
            if held is None or mine is None or hers is None or relation.kind not in TABLE_KINDS:
                continue
            may = {*held.update} & {*held.insert}
            for columns in self._naming(relation, mine, hers):
                if may >= {*columns}:
                    yield from self._planted(relation, mine, self._beside(columns, mine, hers))
            for key in referring(self.field, relation, mine, hers):
                if may >= {*key.columns}:
                    places = [_Places.of(key.columns, mine, hers)]
                    yield from self._planted(relation, mine, places, self._below(relation, key))

    def _beside(self, columns: tuple[str, ...], mine: SyntheticRow, hers: SyntheticRow) -> Iterator[_Places]:
        """Yield texts beside his and hers."""
        for suffix in _BESIDE:
            yield _Places.of(columns, mine, hers, suffix)

    def _below(self, relation: Relation, key: ForeignKey) -> tuple[str, ...]:
        """Return the query that shows rows beside what they refer to."""
        target = self.field.catalog.relation(key.target)
        pairs = [
            (relation.column(own), target.column(other))
            for own, other in zip(key.columns, key.target_columns, strict=True)
            if target
        ]
        on = " and ".join(f"t.{one.quoted} = above.{two.quoted}" for one, two in pairs if one and two)
        return (f"select * from {relation.name} t join {key.target} above on {on}",) if on else ()

    def _planted(
        self, relation: Relation, mine: SyntheticRow, places: Iterable[_Places], look: tuple[str, ...] = ()
    ) -> Iterator[Assault]:
        """Yield the first place of hers where he gets his row, and may not put it."""
        for place in places:
            # A condition would let SELECT policies take part: what he does not see there he could not write.
            move = f"update {relation.name} set {_assigned(relation, place.hers)}"
            if self._moved(relation, mine, move) and self._refused(relation, place):
                (name, value), *_ = place.hers.items()
                script = self.field.script(relation.name, self.field.cast.user(BOB), (move,), *look)
                what = f"{name} from `{mine.texts[name]}` to `{value}`, where INSERT is refused"
                harm = Harm(BOB.name, "forged", relation.name, ALICE.name, what, script)
                yield Assault(relation.name, "UPDATE", 1, (harm,))
                return

    def _moved(self, relation: Relation, mine: SyntheticRow, move: str) -> bool:
        """Whether bob may move his row there, and she reads it there and not before."""
        bob, alice = self.field.cast.user(BOB), self.field.cast.user(ALICE)
        look = (f"{QUERY}select '1' from {relation.name} where {mine.where}",)
        moved = (QUIETLY, f"{move} where {mine.where}", AS_EVER)
        run = self.field.runner.one
        done = run(Attempt(bob, (move,)))
        if done.state or not done.touched or run(Attempt(alice, look)).rows:
            return False
        return bool(run(Attempt(alice, look, before=moved)).rows)

    def _refused(self, relation: Relation, place: _Places) -> bool:
        """Whether bob may insert a row of his own in his place, and not the same one in hers."""
        bob = self.field.cast.user(BOB)
        held, model = relation.privileges[bob.role], self.forger.model(relation, BOB)
        row = {name: value for name, value in (model or {}).items() if name in held.insert}
        first, second = (
            self.field.runner.one(Attempt(bob, (insert_sql(relation, row | one),)))
            for one in (place.mine, place.hers)
        )
        return not first.state and second.state == REFUSED

    def _naming(
        self, relation: Relation, mine: SyntheticRow, hers: SyntheticRow
    ) -> Iterator[tuple[str, ...]]:
        """Yield the texts that name something of hers, and in his row do not."""
        owned = self.field.owners.owned.get(relation.name)
        refers = {name for key in relation.foreign_keys for name in key.columns}
        taken = {*relation.primary_key, *refers, *(owned.columns if owned else ())}
        for column in relation.columns:
            value, other = hers.texts.get(column.name), mine.texts.get(column.name)
            if column.name in taken or not holds_text(column) or column.generated or not value or not other:
                continue
            if any(key not in other for key in self._hers_in(value)):
                yield (column.name,)

    def _hers_in(self, value: str) -> frozenset[str]:
        """Return keys of hers in a text: there are as many of them as rows, so its pieces are looked up."""
        pieces = (value[at : at + size] for size in self._sizes for at in range(len(value) - size + 1))
        return self._hers.intersection(pieces)

    @cached_property
    def _sizes(self) -> frozenset[int]:
        return frozenset(map(len, self._hers))

    @cached_property
    def _hers(self) -> frozenset[str]:
        """Keys of her rows, of hers and of her tenant's."""
        tenants = (key for t in ALICE.tenants for key in (t.uuid, t.slug, str(t.number)))
        found = {ALICE.uuid, str(ALICE.number), ALICE.email, *tenants}
        for (name, person), row in self.field.population.rows.items():
            relation = self.field.catalog.relation(name) if person == ALICE.name else None
            keys = relation.all_keys if relation else ()
            found |= {row.texts.get(names[0]) or "" for names in keys if len(names) == 1}
        return frozenset(key for key in found if len(key) >= _TELLING)


def referring(
    field: Field, relation: Relation, mine: SyntheticRow, hers: SyntheticRow
) -> Iterator[ForeignKey]:
    """Yield references to what is hers, of rows that say themselves whose they are.

    Where only the reference says it, to move a row is to hand it over. What is the whole key of a row is
    there once; a part of one is a place that has many.
    """
    owned = field.owners.owned.get(relation.name)
    taken = {*(owned.columns if owned else ())}
    for key in relation.foreign_keys if owned and owned.users else ():
        told = [(mine.texts.get(name), hers.texts.get(name)) for name in key.columns]
        others = key.target in field.owners.owned and key.target not in field.owners.people
        whole = {*relation.primary_key} <= {*key.columns}
        if (
            others
            and not whole
            and not taken & {*key.columns}
            and all(one and two and one != two for one, two in told)
        ):
            yield key


def _assigned(relation: Relation, values: Values) -> str:
    columns = (column for column in relation.columns if column.name in values)
    return ", ".join(f"{column.quoted} = {literal(values[column.name])}" for column in columns)
