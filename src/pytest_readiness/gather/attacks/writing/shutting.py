"""Puts alice on a list of bob's own, and sees whether she still gets at what is hers.

Where policies take what a list says of her for one row, a second one makes each of her statements fail, or
stands in the place of the first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.synthesis.refusals import insert_sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger


@dataclass(frozen=True)
class Shutting:
    """Tries the lists of users that policies look at, and that bob may put others on."""

    field: Field
    forger: Forger

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what shut her out, once for each list."""
        bob = self.field.cast.user(BOB)
        tried = [Attempt(bob, (put,), about=one) for one in relations if (put := self._put(one))]
        for attempt, done in self.field.runner.run(tried):
            accepted = done.touched and not done.state
            if accepted and (harm := self._harm(attempt.about, attempt.steps[0])):
                yield Assault(attempt.about.name, "INSERT", 1, (harm,))

    def _put(self, relation: Relation) -> str:
        """Return what puts her on a list as bob's row is on it; empty where he may not, or nothing asks."""
        owned, bob = self.field.owners.owned.get(relation.name), self.field.cast.user(BOB)
        held, mine = relation.privileges.get(bob.role), self.forger.model(relation, BOB)
        if not owned or not owned.users or not held or not mine or relation.kind not in TABLE_KINDS:
            return ""
        hers = self.forger.owner_keys(relation, ALICE)
        row = mine | {name: hers[name] for name in owned.users[:1] if name in hers}
        new = {name: value for name, value in row.items() if name in held.insert}
        return insert_sql(relation, new) if owned.users[0] in new and self._below(relation) else ""

    def _below(self, relation: Relation) -> list[Relation]:
        """Return what she reads by the list, but for who is on it."""
        alice, apart = self.field.cast.user(ALICE), {*self.field.owners.people, relation.name}
        names = [name for name in self.field.texts.depending.get(relation.name, ()) if name not in apart]
        found = (one for name in sorted(names) if (one := self.field.catalog.relation(name)))
        return [one for one in found if alice.role in one.readable and one.name in self.field.owners.owned]

    def _harm(self, relation: Relation, put: str) -> Harm | None:
        """Return what she cannot read any more."""
        alice, below = self.field.cast.user(ALICE), self._below(relation)
        given = self.field.cast.user(BOB).acting(put)
        looks = [
            Attempt(alice, (read(one),), about=one, before=before) for before in ((), given) for one in below
        ]
        came = [(attempt, outcome) for attempt, outcome in self.field.runner.run(looks)]
        for (_, was), (attempt, now) in zip(came[: len(below)], came[len(below) :], strict=True):
            if what := self._lost(attempt.about, was, now):
                script = self.field.script(relation.name, alice, attempt.steps, "select 1", before=given)
                by = f"what {attempt.about.name} asks {relation.name} takes its answer for one row"
                mend = (
                    f"Let {attempt.about.name} ask for any of the rows, by IN (SELECT …) or EXISTS, and let "
                    f"nobody be put in {relation.name} who has not agreed."
                )
                return Harm(BOB.name, "shut", attempt.about.name, ALICE.name, what, script, by, mend)
        return None

    def _lost(self, relation: Relation, was: Outcome, now: Outcome) -> str:
        """Say what became of her rows that she read before; nothing if she reads any still."""
        if was.state or not self._shows_hers(relation, was):
            return ""
        if now.state:
            return f"whatever she asks of it fails: {now.state} {now.message}"
        return "" if self._shows_hers(relation, now) else "she reads nothing of hers any more"

    def _shows_hers(self, relation: Relation, outcome: Outcome) -> bool:
        hers = {ALICE.name, *(tenant.name for tenant in ALICE.tenants)}
        return any(hers & self.field.labels.of(relation.name, json.loads(row)) for row in outcome.rows)
