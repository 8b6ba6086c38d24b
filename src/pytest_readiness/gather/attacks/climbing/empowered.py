"""Changes and deletes rows of hers after the attacker gave himself a rank: who sees them all was no secret.

A rank that only lets him write is told by nothing that he reads afterwards.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.changes import Changes
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.bounds import each
from pytest_readiness.target.quoting import literals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.attacks import Harm
    from pytest_readiness.evidence.catalog import Policy, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.climbing.action import Action
    from pytest_readiness.gather.attacks.field import Field

_MOST, _IN_ALL = 120, 1200
"""Attempts through one relation or function, and through all."""

_WRITTEN = frozenset({"UPDATE", "DELETE", "ALL"})
_DONE = frozenset({"altered", "taken", "destroyed"})


class Empowered:
    """Tries writes that policies refused, once more after what an attacker may say of himself."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)
        self.changes = Changes(Forger(field))
        self._keys = field.keys_of(ALICE)
        self._lists = {membership.relation for membership in field.owners.memberships}

    def all(self, actions: Iterable[Action]) -> Iterator[Assault]:
        """Yield what became of rows of hers, by the relation or function through which he got there.

        Args:
            actions: That he may take, and after which he read nothing more. Those that name what is hers ask
                for a place beside her, and are judged by what that shows.
        """
        by_subject: dict[str, list[Action]] = defaultdict(list)
        for action in actions:
            if action.subject not in self._lists and self._is_own(action):
                by_subject[action.subject].append(action)
        most = each(_MOST, _IN_ALL, len(by_subject))
        for subject, own in by_subject.items():
            tried = self.field.runner.run(itertools.islice(self._after(own), most))
            if harm := next(filter(None, (self._told(attempt, outcome) for attempt, outcome in tried)), None):
                yield Assault(subject, "ESCALATE TWICE", 1, (harm,))

    def _after(self, actions: Iterable[Action]) -> Iterator[Attempt]:
        """Yield the writes that were refused, each after each action."""
        for action in actions:
            for name in sorted(self._guarded(action)):
                for sql in self._refused.get(name, ()):
                    steps = (*action.steps, sql)
                    yield Attempt(self.bob, steps, (name,), (action, name), action.before)

    def _told(self, attempt: Attempt, outcome: Outcome) -> Harm | None:
        """Return what a write did that came through after an action, and not by that alone."""
        harm = self._harm(attempt, outcome)
        alone = harm is None or self._does_it_alone(attempt)
        return None if harm is None or alone else replace(harm, by=self._let_in(attempt))

    def _does_it_alone(self, attempt: Attempt) -> bool:
        """Whether an action did that before anything was written after it."""
        action, _ = attempt.about
        alone = replace(attempt, steps=action.steps)
        return self._harm(alone, self.field.runner.one(alone)) is not None

    def _is_own(self, action: Action) -> bool:
        return not action.asks and not self._keys & {text[1:-1] for text in literals("\n".join(action.steps))}

    def _guarded(self, action: Action) -> frozenset[str]:
        """Return the relations whose policies for writes look at what an action touches."""
        return frozenset().union(*(self._asking.get(name, frozenset()) for name in action.touches))

    @cached_property
    def _asking(self) -> dict[str, frozenset[str]]:
        """By relation, those whose policies for writes look at it."""
        found: dict[str, set[str]] = defaultdict(set)
        for relation in self.field.catalog.relations:
            for policy in relation.policies:
                for name in self._looked_at(relation, policy):
                    found[name].add(relation.name)
        return {name: frozenset(guarded) for name, guarded in found.items()}

    def _looked_at(self, relation: Relation, policy: Policy) -> frozenset[str]:
        """Return the relations that a policy looks at, if it lets somebody change or delete rows."""
        if not policy.permissive or policy.command not in _WRITTEN:
            return frozenset()
        return self.field.texts.consulted_by(relation, [policy.using, policy.check])

    def _let_in(self, attempt: Attempt) -> str:
        """Return the policies that look at what an action wrote, for people."""
        action, name = attempt.about
        relation = self.field.catalog.relation(name)
        verbs = {"ALL", attempt.steps[-1].partition(" ")[0].upper()}
        named = [
            policy.name
            for policy in (relation.policies if relation else ())
            if relation and policy.command in verbs and action.touches & self._looked_at(relation, policy)
        ]
        return f"polic{'y' if len(named) == 1 else 'ies'} {', '.join(named)} on {name}" if named else ""

    @cached_property
    def _refused(self) -> dict[str, list[str]]:
        """By relation with a row of hers, the writes of bob's that do not reach it as things are."""
        guarded = frozenset().union(*self._asking.values())
        plain = [
            Attempt(self.bob, (sql,), (relation.name,), relation.name)
            for relation in self.field.catalog.relations
            if relation.name in guarded and self._is_hers(relation)
            for sql in self._writes(relation)
        ]
        found: dict[str, list[str]] = defaultdict(list)
        for attempt, outcome in self.field.runner.run(plain):
            if self._harm(attempt, outcome) is None:
                found[attempt.about].append(attempt.steps[-1])
        return found

    def _is_hers(self, relation: Relation) -> bool:
        made = self.field.population.row(relation.name, ALICE.name) is not None
        return relation.kind in TABLE_KINDS and relation.rls and made

    def _writes(self, relation: Relation) -> Iterator[str]:
        held = relation.privileges.get(self.bob.role)
        yield from (sql for _, sql in self.changes.bare(relation, held)) if held else ()

    def _harm(self, attempt: Attempt, outcome: Outcome) -> Harm | None:
        """Return what an attempt did to a row of hers in the relation that it watches."""
        (name,) = attempt.watch
        done = () if outcome.state else self.field.harms(attempt, outcome, BOB, {name})
        harms = (harm for harm in done if harm.relation == name and harm.kind in _DONE)
        return next((replace(harm, by="") for harm in harms), None)
