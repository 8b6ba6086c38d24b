"""Deletes one's own rows on which rows of others hang: referential actions are asked no policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.changes import Changes
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import ForeignKey, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field

_HERS = {ALICE.name, *(tenant.name for tenant in ALICE.tenants)}


class Cascades:
    """Tries the tables of which bob may delete rows, while a row of alice's refers to his.

    That comments go with a post is what everybody means, and that receipts go with a product is what
    nobody means: nothing in a schema tells one from the other, so that this is told and not judged.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob, self.alice = field.cast.user(BOB), field.cast.user(ALICE)
        self.changes = Changes(Forger(field))

    def all(self) -> Iterator[Assault]:
        """Yield for each such table what came of it."""
        for parent in self.field.catalog.relations:
            held = parent.privileges.get(self.bob.role)
            mine = self.field.population.row(parent.name, BOB.name)
            if held and "delete" in held.others and mine and mine.where and parent.kind in TABLE_KINDS:
                yield from self._of(parent, mine)

    def _of(self, parent: Relation, mine: SyntheticRow) -> Iterator[Assault]:
        hanging = [
            (child, hers, before)
            for child in self.field.catalog.relations
            for key in child.foreign_keys
            if key.target == parent.name != child.name and key.on_delete == "CASCADE"
            if (hers := self.field.population.row(child.name, ALICE.name)) and hers.where
            if (before := self._hung(parent, child, key, mine, hers))
        ]
        delete = f"delete from {parent.name} where {mine.where}"
        attempts = [
            Attempt(self.bob, (delete,), (child.name,), (child, hers), before)
            for child, hers, before in hanging
        ]
        harms = []
        for attempt, outcome in self.field.in_states(attempts):
            child, hers = attempt.about
            change = outcome.changed.get(child.name)
            if change and change.gone and self._sees(child, hers, attempt.before):
                what = f"rows of others in {child.name} that refer to his own: the key has ON DELETE CASCADE"
                script = self.field.script(child.name, self.bob, attempt.steps, before=attempt.before)
                harms.append(Harm(BOB.name, "residual", child.name, ALICE.name, what, script))
        if attempts:
            yield Assault(f"{parent.name}: what hangs on its rows", "LOOK", len(attempts), tuple(harms))

    def _hung(
        self, parent: Relation, child: Relation, key: ForeignKey, mine: SyntheticRow, hers: SyntheticRow
    ) -> tuple[str, ...]:
        """Return what a superuser does so that her row refers to bob's; nothing if that makes it his alone.

        What else refers to his row is taken away, so that it does not refuse.
        """
        pairs = dict(zip(key.columns, key.target_columns, strict=True))
        moved = hers.stored | {name: mine.stored.get(other) for name, other in pairs.items()}
        if None in (moved[name] for name in pairs) or not self.field.labels.of(child.name, moved) & _HERS:
            return ()
        columns = [(c.quoted, mine.texts[pairs[c.name]]) for c in child.columns if c.name in pairs]
        sets = ", ".join(f"{name} = {literal(value)}" for name, value in columns)
        update = f"update {child.name} set {sets} where {hers.where}"
        return (*self.changes.unreferenced(parent, mine), QUIETLY, update, AS_EVER)

    def _sees(self, child: Relation, hers: SyntheticRow, before: tuple[str, ...]) -> bool:
        """Whether alice reads her row while it refers to bob's: it may come to that."""
        outcome = self.field.runner.one(Attempt(self.alice, (read(child),), before=before))
        keyed = {name: hers.stored.get(name) for name in child.primary_key}
        rows = (json.loads(text) for text in outcome.rows)
        return any(all(row.get(name) == value for name, value in keyed.items()) for row in rows)
