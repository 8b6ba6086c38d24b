"""Moves the attacker's own row to a place of the victim's that only a text names: a path, a topic.

No key says whose such a place is. Policies do: the very row that UPDATE let through INSERT refuses there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import is_text
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger

_DENIED = "42501"
_BESIDE = ("x", "/x", ":x", ".x")
"""What makes another text of one, and leaves the place that it names."""

_TELLING = 5
"""Characters that a key must have to be told inside of a text."""


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
            for column in self._naming(relation, mine, hers):
                if column.name in held.update and column.name in held.insert:
                    yield from self._planted(relation, column, mine, str(hers.texts[column.name]))

    def _planted(
        self, relation: Relation, column: Column, mine: SyntheticRow, hers: str
    ) -> Iterator[Assault]:
        """Yield the first place beside hers where he gets his row, and may not put it."""
        for suffix in _BESIDE:
            own, place = f"{mine.texts[column.name]}{suffix}", f"{hers}{suffix}"
            # A condition would let SELECT policies take part: what he does not see there he could not write.
            move = f"update {relation.name} set {column.quoted} = {literal(place)}"
            if self._moved(relation, column, mine, place, move) and self._refused(
                relation, column, own, place
            ):
                was = f"{column.name} from `{mine.texts[column.name]}` to `{place}`"
                script = self.field.script(relation.name, self.field.cast.user(BOB), (move,))
                what = f"{was}, where INSERT is refused"
                harm = Harm(BOB.name, "forged", relation.name, ALICE.name, what, script)
                yield Assault(relation.name, "UPDATE", 1, (harm,))
                return

    def _moved(self, relation: Relation, column: Column, mine: SyntheticRow, place: str, move: str) -> bool:
        """Whether bob may move his row there, and she reads it there and not before."""
        bob, alice = self.field.cast.user(BOB), self.field.cast.user(ALICE)
        look = (f"{QUERY}select '1' from {relation.name} where {mine.where}",)
        moved = change(relation.name, column, place, mine).statements
        run = self.field.runner.one
        done = run(Attempt(bob, (move,)))
        if done.state or not done.touched or run(Attempt(alice, look)).rows:
            return False
        return bool(run(Attempt(alice, look, before=moved)).rows)

    def _refused(self, relation: Relation, column: Column, own: str, place: str) -> bool:
        """Whether bob may insert a row of his own beside his, and not the same one beside hers."""
        bob = self.field.cast.user(BOB)
        held, model = relation.privileges[bob.role], self.forger.model(relation, BOB)
        row = {name: value for name, value in (model or {}).items() if name in held.insert}
        first, second = (
            self.field.runner.one(Attempt(bob, (insert_sql(relation, row | {column.name: text}),)))
            for text in (own, place)
        )
        return not first.state and second.state == _DENIED

    def _naming(self, relation: Relation, mine: SyntheticRow, hers: SyntheticRow) -> Iterator[Column]:
        """Yield the texts that name something of hers, and in his row do not."""
        owned = self.field.owners.owned.get(relation.name)
        referring = {name for key in relation.foreign_keys for name in key.columns}
        taken = {*relation.primary_key, *referring, *(owned.columns if owned else ())}
        for column in relation.columns:
            value, other = hers.texts.get(column.name), mine.texts.get(column.name)
            if column.name in taken or not is_text(column) or column.generated or not value or not other:
                continue
            if any(key in value and key not in other for key in self._hers):
                yield column

    @cached_property
    def _hers(self) -> frozenset[str]:
        """Keys of her rows, of hers and of her tenant's."""
        tenants = (key for t in ALICE.tenants for key in (t.uuid, t.slug, str(t.number)))
        found = {ALICE.uuid, str(ALICE.number), ALICE.email, *tenants}
        for (name, person), row in self.field.population.rows.items():
            relation = self.field.catalog.relation(name) if person == ALICE.name else None
            keys = (relation.primary_key, *relation.unique) if relation else ()
            found |= {row.texts.get(names[0]) or "" for names in keys if len(names) == 1}
        return frozenset(key for key in found if len(key) >= _TELLING)
