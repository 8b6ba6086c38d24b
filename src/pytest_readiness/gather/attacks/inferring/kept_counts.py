"""Reads as bob what triggers write into rows that are nobody's, before and after alice has a row more.

How often a thing was used is meant for all in one system, and tells what she did in another, where nobody is
shown that she used it: nothing in the schema says which, so it is to be noted.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read, read_columns
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.attacks.states import taken_away
from pytest_readiness.gather.synthesis.refusals import insert_sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger

_MOST = 4
"""Relations of nobody that the triggers of one table are asked about."""

_ORDERED = frozenset({"number", "text", "uuid"})


class KeptCounts:
    """Tries the tables whose triggers act on an insert."""

    def __init__(self, field: Field, forger: Forger) -> None:
        self.field = field
        self.forger = forger
        self.alice, self.bob = field.cast.user(ALICE), field.cast.user(BOB)

    def of(self, relation: Relation) -> Talk[list[Assault]]:
        """Compare what bob reads where she has no row with what he reads where she has put one there."""
        row, model = self.field.population.row(relation.name, ALICE.name), self.forger.model(relation, ALICE)
        kept = self._kept(relation) if row and row.where and model else []
        if not row or not model or not kept:
            return []
        gone = taken_away(relation.name, row)
        put = (*gone, *self.alice.acting(insert_sql(relation, model)))
        looks = [(one, self._look(one)) for one in kept]
        states = (gone, put, gone)
        asked = [Attempt(self.bob, (look,), before=before) for _, look in looks for before in states]
        *came, seen = yield [*asked, Attempt(self.bob, (read(relation, row.where),))]
        harms = [
            self._harm(relation, one, Attempt(self.bob, (look,), before=put), more[0])
            for (one, look), was, then, again in zip(looks, came[::3], came[1::3], came[2::3], strict=True)
            if not (was.state or then.state) and (more := added(was.rows, then.rows, again.rows))
        ]
        return [Assault(relation.name, "COUNT", len(asked), () if seen.rows else tuple(harms[:1]))]

    def _kept(self, relation: Relation) -> list[Relation]:
        """Return what is nobody's and shown to bob, of that which triggers on an insert name."""
        bodies = (one.body for one in relation.triggers if "INSERT" in one.events)
        named = sorted({name for body in bodies for name in self.field.texts.mentioned(body)})
        found = [self.field.catalog.relation(name) for name in named if name not in self.field.owners.owned]
        shown = [r for r in found if r and r.kind in TABLE_KINDS and self._look(r)]
        return shown[:_MOST]

    def _look(self, relation: Relation) -> str:
        """Return what reads the numbers that bob is shown, and their keys; nothing if there are none."""
        shown = [c for c in relation.columns if c.name in relation.readable.get(self.bob.role, ())]
        counts = [one.name for one in shown if is_count(relation, one)]
        keys = [one for one in shown if tells_apart(relation, one)]
        order = f" order by {', '.join(f't.{one.quoted}' for one in keys)}" if keys else ""
        return read_columns(relation, {*counts, *(one.name for one in keys)}) + order if counts else ""

    def _harm(self, relation: Relation, kept: Relation, attempt: Attempt, row: str) -> Harm:
        what = f"`{row[:60]}` in {kept.name} follows from one more row of hers in {relation.name}"
        script = self.field.script(relation.name, self.bob, attempt.steps, "select 1", before=attempt.before)
        return Harm(BOB.name, "residual", relation.name, ALICE.name, what, script)


def added(was: Iterable[str], then: Iterable[str], again: Iterable[str]) -> list[str]:
    """Return the rows that are more then; nothing where as many differ without what was done between."""
    before = Counter(was)
    return sorted(Counter(then) - before) if Counter(again) == before else []


def is_count(relation: Relation, column: Column) -> bool:
    """Whether a column may hold how many there are, and neither a key nor what is drawn or is a time."""
    keys = relation.link_columns
    return family(column.type) == "number" and column.name not in keys and not column.is_made


def tells_apart(relation: Relation, column: Column) -> bool:
    """Whether rows are found by a column that is the same whenever they are made."""
    keys = {*relation.primary_key, *(name for names in relation.unique for name in names)}
    return column.name in keys and family(column.type) in _ORDERED and not column.is_made
