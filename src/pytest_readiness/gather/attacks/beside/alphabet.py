"""Acts with one rank after another in alice's tenant, where ranks are words that are compared by order."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.changes import Changes
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.repointing import receivers
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, dropped
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.sql.alphabet import ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Policy, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.sql.alphabet import Ranked

_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_TAKEN = "23505"


@dataclass(frozen=True, slots=True)
class _Tried:
    relation: Relation
    verb: str
    rank: str


class Alphabet:
    """Tries what policies give by such a comparison.

    Which ranks ought to have it nobody says, but they lie side by side, as they are declared.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)
        self.forger = Forger(field)
        self.changes = Changes(self.forger)

    def all(self) -> Iterator[Assault]:
        """Yield for each relation and verb what ranks apart from one another may do."""
        for relation in self.field.catalog.relations:
            for verb in _VERBS if self.bob.role in relation.privileges else ():
                yield from self._of(relation, verb)

    def _of(self, relation: Relation, verb: str) -> Iterator[Assault]:
        """Yield what came of the comparisons in policies that let clients do this, beside others or not."""
        policies = [p for p in relation.policies if p.command in {verb, "ALL"} and p.permissive]
        made: dict[Ranked, list[Policy]] = {}
        for policy in policies:
            for found in self._of_policy[relation.name, policy.name]:
                made.setdefault(found, []).append(policy)
        for found, those in made.items():
            yield self._assault(relation, verb, found, those if len(those) < len(policies) else [])

    @cached_property
    def _of_policy(self) -> dict[tuple[str, str], tuple[Ranked, ...]]:
        return {
            (relation.name, policy.name): tuple(dict.fromkeys(self._ranked(relation, policy)))
            for relation in self.field.catalog.relations
            for policy in relation.policies
        }

    def _ranked(self, relation: Relation, policy: Policy) -> Iterator[Ranked]:
        catalog, texts, said = self.field.catalog, self.field.texts, (policy.using, policy.check)
        for text in said:
            yield from ranked(catalog, texts, relation, text)
        for function in texts.called(said):
            yield from ranked(catalog, texts, None, function.body)

    def _assault(self, relation: Relation, verb: str, found: Ranked, apart: list[Policy]) -> Assault:
        """Try each rank; what a rank may without the policies apart, it may not by the comparison."""
        subject, tried = f"{relation.name}: {verb} by rank", list(self._tried(relation, verb, found))
        done = [attempt for attempt, outcome, _ in tried if self._reaches(attempt, outcome)]
        given = _ranks(attempt for attempt, _, control in tried if not control.state)
        may, without, left = _ranks(done), self._without(apart, done), frozenset(found.ranks) - given
        if not given or found.hangs_on(left, may, without):
            failed = next((control.message for *_, control in tried if control.state), "")
            unclear = self._untried(relation, verb, found, failed)
            return Assault(subject, "RANK", len(tried) if given else 0, unclear=unclear)
        harms: tuple[Harm, ...] = ()
        if found.leads_astray(may, without):
            last = max(done, key=lambda attempt: found.ranks.index(attempt.about.rank))
            listed = ", ".join(rank for rank in found.ranks if rank in may)
            what = f"{verb} {relation.name} as {listed}: `{found.said}` goes by the alphabet"
            script = self.field.script(relation.name, self.bob, last.steps, before=last.before)
            harms = (Harm(BOB.name, "residual", relation.name, ALICE.name, what, script),)
        return Assault(subject, "RANK", len(tried), harms)

    def _tried(
        self, relation: Relation, verb: str, found: Ranked
    ) -> Iterator[tuple[Attempt, Outcome, Outcome]]:
        """Yield what came of each rank; what only one may have he has in her place."""
        taken = []
        for attempt, outcome, control in self.field.from_states(self._attempts(relation, verb, found)):
            if control.state == _TAKEN:
                instead = self._as(found, attempt.about.rank, instead=True)
                taken.append(replace(attempt, before=instead))
            else:
                yield attempt, outcome, control
        yield from self.field.from_states(taken)

    def _attempts(self, relation: Relation, verb: str, found: Ranked) -> Iterator[Attempt]:
        for rank in found.ranks:
            before = self._as(found, rank)
            for step in self._steps(relation, verb) if before else ():
                yield Attempt(self.bob, (step,), (relation.name,), _Tried(relation, verb, rank), before)

    def _without(self, policies: list[Policy], done: list[Attempt]) -> frozenset[str]:
        """Return the ranks that may do the same without some policies."""
        if not policies:
            return frozenset()
        again = [
            replace(attempt, before=(*dropped(attempt.about.relation, policies), *attempt.before))
            for attempt in done
        ]
        tried = self.field.from_states(again)
        # What could not be tried without them says nothing against them.
        return _ranks(a for a, outcome, control in tried if control.state or self._reaches(a, outcome))

    def _untried(self, relation: Relation, verb: str, found: Ranked, failed: str) -> str:
        """Say why nothing was tried; empty where bob may not even try."""
        held, unfilled = relation.privileges[self.bob.role], self.field.population.unfilled
        may = {"SELECT": self.bob.role in relation.readable, "INSERT": held.insert, "UPDATE": held.update}
        if not may.get(verb, "delete" in held.others):
            return ""
        why = failed or unfilled.get(found.relation) or unfilled.get(relation.name) or ""
        said = f"nothing gave {BOB.name} a {found.column} of {found.relation} to try {verb} with"
        return f"{said}: {why}" if why else said

    def _as(self, found: Ranked, rank: str, *, instead: bool = False) -> tuple[str, ...]:
        """Return what gives bob a rank, beside alice or instead of her, and of his where he has one alone."""
        relation = self.field.catalog.relation(found.relation)
        owned = self.field.owners.owned.get(found.relation)
        model = self.forger.model(relation, ALICE) if relation else None
        if relation is None or owned is None or model is None or not owned.users:
            return ()
        mine = self.forger.owner_keys(relation, BOB)
        place = model | {name: mine[name] for name in receivers(relation, owned)[:1]} | {found.column: rank}
        leaving = [BOB] if relation.name in self.field.owners.people else []
        leaving += [ALICE] if instead else []
        gone = (self.field.population.row(relation.name, person.name) for person in leaving)
        left = (f"delete from {relation.name} where {row.where}" for row in gone if row)
        return (QUIETLY, *left, insert_sql(relation, place), AS_EVER)

    def _steps(self, relation: Relation, verb: str) -> list[str]:
        held, row = relation.privileges[self.bob.role], self.field.population.row(relation.name, ALICE.name)
        if verb == "SELECT" and self.bob.role in relation.readable:
            return [read(relation)]
        if verb == "INSERT":
            return list(self.forger.inserts(relation, held, BOB))
        found = [
            *self.changes.bare(relation, held),
            *(self.changes.of_owner(relation, held, row) if row else ()),
        ]
        return [sql for one, sql in found if one == verb]

    def _reaches(self, attempt: Attempt, outcome: Outcome) -> bool:
        """Whether an attempt shows rows of hers, or touches them."""
        relation = attempt.about.relation
        if outcome.state:
            return False
        if attempt.about.verb == "SELECT":
            rows = [json.loads(text) for text in outcome.rows]
            return any(self.field.recognition.foreign(relation, row, BOB) for row in rows)
        return any(True for _ in self.field.harms(attempt, outcome, BOB, {relation.name}))


def _ranks(attempts: Iterable[Attempt]) -> frozenset[str]:
    return frozenset(attempt.about.rank for attempt in attempts)
