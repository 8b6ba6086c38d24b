"""Gives one's own rows other keys, while rows of others refer to them: what follows is asked no policy."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.hanging import Hangers, referred
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.judges.isolation.cascades import following, told_of_keys
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.isolation.cascades import Chain

_HERS = {ALICE.name, *(tenant.name for tenant in ALICE.tenants)}
_MOST = 1000


@dataclass(frozen=True, slots=True)
class _Referring:
    """A row of hers that refers to one of bob's, as it is then."""

    parent: str
    chain: Chain
    row: dict[str, Any]

    def is_in(self, rows: Iterator[dict[str, Any]]) -> bool:
        """Whether one of these rows is the same, by its key."""
        keyed = {name: self.row.get(name) for name in self.chain.last.child.primary_key}
        return any(keyed.items() <= row.items() for row in rows)


class Renamings:
    """Tries the tables of which bob may change keys that others follow, by what references say ON UPDATE.

    A new name for a label is meant for all who use it, where all may; nothing in a schema tells who may, so
    that this is told and not judged.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob, self.alice = field.cast.user(BOB), field.cast.user(ALICE)
        self.forger, self.hangers = Forger(field), Hangers(field)

    def all(self) -> Iterator[Assault]:
        """Yield for each such table what became of what refers to its rows."""
        attempts = itertools.islice(self._attempts(), _MOST)
        tried = self.field.from_states(attempts)
        for parent, of_parent in itertools.groupby(tried, lambda one: one[0].about.parent):
            yield self._judged(parent, list(of_parent))

    def _attempts(self) -> Iterator[Attempt]:
        for parent in self.field.catalog.relations:
            held, mine = (
                parent.privileges.get(self.bob.role),
                self.field.population.row(parent.name, BOB.name),
            )
            if parent.kind not in TABLE_KINDS or not held or not held.update or not mine or not mine.where:
                continue
            for chain in following(self.field.catalog, parent):
                change = self._renamed(parent, mine, {*chain.last.key.target_columns} & {*held.update})
                if change and (attempt := self._of(parent, mine, chain, change)):
                    yield attempt

    def _renamed(self, parent: Relation, mine: SyntheticRow, names: set[str]) -> str:
        """Return the assignments of another key, but for what says whose the row is."""
        owned = self.field.owners.owned.get(parent.name)
        columns = [c for c in parent.columns if c.name in names - {*(owned.columns if owned else ())}]
        fresh = (
            (c, self.forger.fresh(c, parent, mine.texts.get(c.name) or "")) for c in columns if c.writable
        )
        return ", ".join(f"{c.quoted} = {literal(value)}" for c, value in fresh if value is not None)

    def _of(self, parent: Relation, mine: SyntheticRow, chain: Chain, change: str) -> Attempt | None:
        name = chain.last.child.name
        hers = self.field.population.row(name, ALICE.name)
        if hers is None or not hers.where:
            return None
        row = hers.stored | referred(chain.last, mine.stored)
        before = self.hangers.hung(chain, {parent.name: mine, name: hers})
        if not before or not self.field.labels.of(name, row) & _HERS:
            return None
        step = f"update {parent.name} set {change} where {mine.where}"
        return Attempt(self.bob, (step,), (name,), _Referring(parent.name, chain, row), before)

    def _judged(self, parent: str, tried: list[tuple[Attempt, Outcome, Outcome]]) -> Assault:
        followed = [attempt for attempt, outcome, _ in tried if self._followed(attempt, outcome)]
        hung = sum(not control.state for _, _, control in tried)
        return Assault(
            f"{parent}: what follows its keys",
            "LOOK",
            hung,
            (self._harm(followed),) if followed else (),
            unclear="" if hung else f"no row of hers could be made to refer to his: {tried[0][2].message}",
        )

    def _harm(self, followed: list[Attempt]) -> Harm:
        first = followed[0]
        child, what = first.about.chain.last.child.name, told_of_keys([one.about.chain for one in followed])
        script = self.field.script(child, self.bob, first.steps, before=first.before)
        return Harm(BOB.name, "residual", child, ALICE.name, what, script)

    def _followed(self, attempt: Attempt, outcome: Outcome) -> bool:
        """Whether her row says something else, and it may come to that: she reads it as it was."""
        child = attempt.about.chain.last.child
        change = outcome.changed.get(child.name)
        if outcome.state or not change or not attempt.about.is_in(iter(change.gone)):
            return False
        seen = self.field.runner.one(Attempt(self.alice, (read(child),), before=attempt.before))
        return bool(attempt.about.is_in(json.loads(text) for text in seen.rows))
