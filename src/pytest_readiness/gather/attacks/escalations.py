"""Lets an attacker write what he may write where it decides over others, and then reads again."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, EscalationEvidence, Harm
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.actions import Action, Actions
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.reads import UNDECLARED
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation

_PAIRS = 1200
"""Pairs of actions that are tried, over all objects."""


@gatherer(strength=Strength.ATTACKED)
def escalations(
    target: Target, catalog: CatalogEvidence, owners: Owners, population: Population
) -> EscalationEvidence:
    """Try one action after another, and pairs of them; everything is undone."""
    field = Field(target, catalog, owners, population)
    if not field.cast.declared:
        return EscalationEvidence((), undeclared=UNDECLARED)
    found = tuple(_Climber(field).all())
    whole = target.built.migrations.whole
    return EscalationEvidence(found, absent="" if found or not whole else "nothing decides over others' rows")


class _Climber:
    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)
        self.actions = Actions(field)
        deciding = field.texts.deciding
        self.relations = [
            r
            for r in field.catalog.relations
            if r.name in deciding
            or r.name in field.owners.people
            or (r.triggers and field.texts.touched_by(r.name) & deciding)
        ]
        self.functions = [f for f in field.catalog.functions if field.texts.function_reach(f) & deciding]

    def all(self) -> Iterator[Assault]:
        """Attack through each relation and function that decides over rows of others."""
        self.hidden = list(self._hidden())
        by_subject: dict[str, list[Action]] = {}
        for action in self._listed():
            by_subject.setdefault(action.subject, []).append(action)
        allowed: list[Action] = []
        for subject, actions in by_subject.items():
            done = list(self._allowed(actions))
            allowed += done
            harm = next(self._reads(done), None)
            yield Assault(subject, "ESCALATE", len(actions), (harm,) if harm else ())
        yield from self._second(allowed, by_subject)

    def _listed(self) -> Iterator[Action]:
        for relation in self.relations:
            yield from self.actions.of_relation(relation)
        for function in self.functions:
            yield from self.actions.of_function(function)
        for function in self.field.catalog.functions:
            if function.definer or self.field.texts.function_reach(function):
                yield from self.actions.shadowing(function)

    def _hidden(self) -> Iterator[Relation]:
        """Yield the relations of which bob sees nothing of others so far."""
        readable = [r for r in self.field.catalog.relations if self.bob.role in r.readable]
        attempts = [Attempt(self.bob, (_read(r),), about=r) for r in readable]
        for attempt, outcome in self.field.runner.run(attempts):
            if not self._others(attempt.about, outcome.rows):
                yield attempt.about

    def _others(self, relation: Relation, rows: Iterable[str]) -> list[str]:
        return [text for text in rows if self.field.foreign(relation, json.loads(text), BOB)]

    def _allowed(self, actions: list[Action]) -> Iterator[Action]:
        """Yield the actions that succeed and change something; of those with equal effect one."""
        attempts = [Attempt(self.bob, a.steps, tuple(sorted(a.touches)), a, a.before) for a in actions]
        seen: set[str] = set()
        for attempt, outcome in self.field.runner.run(attempts):
            effect = json.dumps({n: [c.gone, c.new] for n, c in outcome.changed.items()}, sort_keys=True)
            temporary = attempt.about.temporary
            if outcome.state or not (outcome.changed or temporary) or (effect in seen and not temporary):
                continue
            seen.add(effect)
            yield attempt.about

    def _reads(self, done: Iterable[Action]) -> Iterator[Harm]:
        """Read what was hidden, after each action that could have opened it."""
        attempts = [
            Attempt(self.bob, (*action.steps, _read(relation)), (), (action, relation), action.before)
            for action in done
            for relation in self.hidden
            if self._opens(action, relation)
        ]
        for attempt, outcome in self.field.runner.run(attempts):
            action, relation = attempt.about
            rows = [] if outcome.state else self._others(relation, outcome.rows)
            if action.before and rows:
                open_ = self.field.runner.one(Attempt(self.bob, (_read(relation),), before=action.before))
                rows = [text for text in rows if text not in open_.rows]
            if rows and (what := self._new(attempt, relation, rows)):
                script = self.field.script(
                    relation.name, self.bob, attempt.steps, "select 1", before=action.before
                )
                yield Harm(BOB.name, "read", relation.name, ALICE.name, what, script)

    def _opens(self, action: Action, relation: Relation) -> bool:
        depends = self.field.texts.depends_on(relation.name)
        return bool(action.touches & depends) and not (
            action.touches == {relation.name} and depends == {relation.name} and not action.temporary
        )

    def _new(self, attempt: Attempt, relation: Relation, rows: list[str]) -> str:
        """Return a value that the attacker did not write himself."""
        said = "\n".join(attempt.steps)
        for text in rows:
            row = json.loads(text)
            values = [v for name, v in row.items() if name not in self.field.key_columns(relation)]
            told = [v for v in values if isinstance(v, str) and "canary-" in v and v not in said]
            if told:
                return f"`{told[0]}`"
        content = [c for c in relation.columns if c.name not in self.field.key_columns(relation)]
        held = {json.dumps(r, sort_keys=True) for r in self.field.population.held.get(relation.name, ())}
        same = [t for t in rows if json.dumps(json.loads(t), sort_keys=True) in held]
        return f"`{same[0][:60]}`" if same and content else ""

    def _second(self, allowed: list[Action], by_subject: dict[str, list[Action]]) -> Iterator[Assault]:
        """Try pairs: what is allowed, then what depends on what it changed; the likeliest of each first."""
        each = max(_PAIRS // max(len(by_subject), 1), 1)
        ranks: dict[str, itertools.count[int]] = defaultdict(itertools.count)
        ranked = [(next(ranks[action.subject]), action) for action in allowed]
        for subject, actions in by_subject.items():
            pairs = sorted(
                (
                    (rank + place, first, second)
                    for rank, first in ranked
                    if first.subject != subject
                    for place, second in enumerate(actions)
                    if first.touches & second.touches and not second.before
                ),
                key=lambda pair: pair[0],
            )
            yield from self._in_turn(subject, [(first, second) for _, first, second in pairs[:each]])

    def _in_turn(self, subject: str, pairs: list[tuple[Action, Action]]) -> Iterator[Assault]:
        both = [
            Action(subject, (*first.steps, *second.steps), first.touches | second.touches, first.before)
            for first, second in pairs
        ]
        harm = next(self._reads(list(self._allowed(both))), None)
        if harm:
            yield Assault(subject, "ESCALATE TWICE", len(pairs), (harm,))


def _read(relation: Relation) -> str:
    return f"{QUERY}select to_jsonb(t.*)::text from {relation.name} t"
