"""Puts bob's own row in her place as a policy takes it that asks a word of it, and not whose it is.

Permissive policies of an UPDATE are asked one by one what they show and one by one what they take, so that a
condition of one stands for nothing once another takes the new row. What a policy lets through alone that asks
whose the new row is may be meant: a paper is handed in wherever its author likes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.states import dropped, words_of
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.sql.lexis import names, strings
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.attacks import Harm
    from pytest_readiness.evidence.catalog import Column, Policy, Relation
    from pytest_readiness.gather.attacks.changes import Changes
    from pytest_readiness.gather.attacks.field import Field

_MOST = 24
"""Rows that are tried of one relation."""


@dataclass(frozen=True)
class CrossedPolicies:
    """Tries relations whose rows bob may update."""

    field: Field
    changes: Changes

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what he moved, once for each relation."""
        for relation in relations:
            policies = self._asked(relation)
            said = [*self._said(relation, policies)]
            moved = self._refused(relation) if said else []
            tried = itertools.islice(itertools.product(moved, said), _MOST)
            steps = [f"{move}, {words}" for move, words in tried]
            if harms := tuple(self._harms(relation, policies, steps)):
                yield Assault(relation.name, "UPDATE", len(steps), harms[:1])

    def _asked(self, relation: Relation) -> list[Policy]:
        """Return the permissive policies of an UPDATE of bob's."""
        role = self.field.cast.user(BOB).role
        if relation.kind not in TABLE_KINDS or not relation.rls or role not in relation.privileges:
            return []
        return [
            one
            for one in relation.policies
            if one.permissive and one.command in {"UPDATE", "ALL"} and {"public", role} & {*one.roles}
        ]

    def _said(self, relation: Relation, policies: Iterable[Policy]) -> Iterator[str]:
        """Yield assignments of the words that a policy asks new rows for, of all its columns at once."""
        found: dict[str, None] = {}
        for policy in policies:
            check = policy.check or policy.using
            asked = [(one, self._words(relation, one, check)) for one in relation.columns]
            columns = [(one, words) for one, words in asked if words]
            found |= dict.fromkeys(itertools.islice(assignments(columns), _MOST))
        yield from found

    def _words(self, relation: Relation, column: Column, check: str) -> list[str]:
        held = relation.privileges[self.field.cast.user(BOB).role]
        if column.name not in {*held.update} & {*names(check)} - self.field.key_columns(relation):
            return []
        if column.type == "boolean":
            return ["true", "false"]
        closed = words_of(self.field, relation, column) if holds_text(column) or column.kind == "e" else ()
        return [word for word in closed if word in strings(check)]

    def _refused(self, relation: Relation) -> list[str]:
        """Return the updates that put his row in her place and that policies refuse as it is."""
        bob = self.field.cast.user(BOB)
        moves = self.changes.rehomings(relation, relation.privileges[bob.role], BOB)
        came = self.field.runner.run([Attempt(bob, (move,)) for move in moves])
        return [attempt.steps[0] for attempt, outcome in came if outcome.state == REFUSED]

    def _harms(self, relation: Relation, policies: list[Policy], steps: list[str]) -> Iterator[Harm]:
        bob, watch = self.field.cast.user(BOB), tuple(sorted(self.field.texts.touched_by(relation.name)))
        for attempt, outcome in self.field.runner.run([Attempt(bob, (step,), watch) for step in steps]):
            if outcome.state or not outcome.touched or self._by_one(relation, policies, attempt):
                continue
            each = " or ".join(policy.name for policy in policies)
            by = f"a row of {relation.name} that policy {each} shows is taken by one that asks less of it"
            mend = f"Let each policy for UPDATE of {relation.name} ask WITH CHECK for whatever it asks USING."
            harms = self.field.harms(attempt, outcome, BOB, {relation.name})
            yield from (replace(harm, by=by, mend=mend) for harm in harms)

    def _by_one(self, relation: Relation, policies: list[Policy], attempt: Attempt) -> bool:
        """Whether a policy that asks whose the new row is lets it through without the others."""
        owned = self.field.owners.owned.get(relation.name)
        columns = {*owned.columns} if owned else set()
        alone = [
            replace(attempt, before=dropped(relation, (other for other in policies if other is not one)))
            for one in policies
            if columns & {*names(one.check or one.using)}
        ]
        return any(done.touched and not done.state for _, done in self.field.runner.run(alone))


def assignments(columns: list[tuple[Column, list[str]]]) -> Iterator[str]:
    """Yield what sets each of some columns to one of its words: of many columns there is no end."""
    for chosen in itertools.product(*(words for _, words in columns)) if columns else ():
        said = zip((one for one, _ in columns), chosen, strict=True)
        yield ", ".join(f"{one.quoted} = {literal(word)}" for one, word in said)
