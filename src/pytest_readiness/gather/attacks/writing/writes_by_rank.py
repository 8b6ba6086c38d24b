"""Writes as an ordinary user where a new one may do nothing: refusals of what nobody may prove nothing.

Both have the same rank then, by which she may do it with what is hers.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.gather.attacks.writing.write_results import Try
from pytest_readiness.judges.purpose.ordinary_ranks import ordinary
from pytest_readiness.judges.sql.lexis import strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_readiness.evidence.catalog import Privileges, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.changes import Changes
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State

    Found = Mapping[tuple[str, str], Sequence[tuple[Attempt, Outcome]]]

_VERBS = ("INSERT", "UPDATE", "DELETE")
_MOST = 3
"""Ranks that are given, one after another, until she may."""


class Ranked:
    """Tries the verbs of tables whose owners may not do with their own rows what policies let others."""

    def __init__(self, field: Field, changes: Changes) -> None:
        self.field = field
        self.changes = changes
        self.alice, self.bob = field.cast.user(ALICE), field.cast.user(BOB)

    def all(self, relations: Iterable[Relation], found: Found) -> Iterator[tuple[Attempt, Outcome]]:
        """Yield what came of them, of hers first.

        Args:
            relations: That were attacked.
            found: What came of that, by relation and verb.
        """
        for relation in relations if self._states else ():
            if relation.kind in TABLE_KINDS and relation.rls:
                for verb in _VERBS:
                    yield from self._of(relation, verb, found.get((relation.name, verb), ()))

    def _of(
        self, relation: Relation, verb: str, tried: Sequence[tuple[Attempt, Outcome]]
    ) -> Iterator[tuple[Attempt, Outcome]]:
        own = self._own(relation, verb) if _is_refused(tried) else None
        states = self._asked(relation, verb) if own else []
        if own is None:
            return
        for state in states[:_MOST]:
            given = replace(own, before=state.statements)
            outcome = next((came for _, came in self.field.in_states([given]) if came.touched), None)
            if outcome is None:
                continue
            yield given, outcome
            for attempt, came, control in self.field.from_states(self._of_others(relation, verb, state)):
                if not control.state and came.state in {"", REFUSED}:
                    yield attempt, came
            return

    def _own(self, relation: Relation, verb: str) -> Attempt | None:
        """Return what she does with a row of her own; nothing if it cannot be tried."""
        held = relation.privileges.get(self.alice.role)
        row = self.field.population.row(relation.name, ALICE.name)
        if held is None or row is None:
            return None
        if verb == "INSERT":
            sql = next(self.changes.forger.anew(relation, held, ALICE), "")
        else:
            sql = dict(self.changes.of_owner(relation, held, row)).get(verb, "")
        return self._attempt(relation, verb, sql, own=True) if sql else None

    def _attempt(self, relation: Relation, verb: str, sql: str, *, own: bool = False) -> Attempt:
        actor, person = (self.alice, ALICE) if own else (self.bob, BOB)
        watch = tuple(sorted(self.field.texts.touched_by(relation.name)))
        inert = self.field.texts.inert(relation.name)
        return Attempt(actor, (sql,), watch, Try(relation, verb, person, own=own), inert=inert)

    def _of_others(self, relation: Relation, verb: str, state: State) -> Iterator[Attempt]:
        held = relation.privileges.get(self.bob.role)
        actor = self.field.cast.user(BOB, f"{BOB.name}, given {state.said},")
        for sql in self._statements(relation, verb, held) if held else ():
            attempt = self._attempt(relation, verb, sql)
            yield replace(attempt, actor=actor, before=state.statements)

    def _statements(self, relation: Relation, verb: str, held: Privileges) -> Iterator[str]:
        if verb == "INSERT":
            yield from self.changes.forger.inserts(relation, held, BOB)
        else:
            yield from (sql for one, sql in self.changes.bare(relation, held) if one == verb)

    def _asked(self, relation: Relation, verb: str) -> list[State]:
        """Return the states of both that policies for a verb may ask for."""
        said = [
            text
            for policy in relation.policies
            if policy.permissive and policy.command in {verb, "ALL"}
            for text in (policy.using, policy.check)
        ]
        looked_at = self.field.texts.consulted_by(relation, said) - {relation.name} if said else frozenset()
        return [state for name in sorted(looked_at & self._states.keys()) for state in self._states[name]]

    @cached_property
    def _states(self) -> dict[str, list[State]]:
        """By relation with one row for each user, the states in which both are ordinary users."""
        found = {name: list(islice(self._of_people(name), _MOST)) for name in sorted(self.field.owners.owned)}
        return {name: states for name, states in found.items() if states}

    def _of_people(self, name: str) -> Iterator[State]:
        relation, owned = self.field.catalog.relation(name), self.field.owners.owned[name]
        hers, his = (self.field.population.row(name, one.name) for one in (ALICE, BOB))
        if relation is None or hers is None or his is None or name not in self.field.texts.consulted:
            return
        if not any(user in relation.single_keys for user in owned.users):
            return
        kept, asked = self.field.key_columns(relation), self.field.texts.asked(name)
        for column in relation.columns:
            if column.name in kept or column.generated or (asked is not None and column.name not in asked):
                continue
            for value in ordinary(column, relation, self._said, hers.stored.get(column.name)):
                yield change(name, column, value, hers, his)

    @cached_property
    def _said(self) -> frozenset[str]:
        """The words that policies and functions say."""
        catalog = self.field.catalog
        policies = (policy for relation in catalog.relations for policy in relation.policies)
        asked = [text for policy in policies for text in (policy.using, policy.check)]
        return frozenset(
            text for sql in (*asked, *(one.body for one in catalog.functions)) for text in strings(sql)
        )


def _is_refused(tried: Sequence[tuple[Attempt, Outcome]]) -> bool:
    """Whether she may not do it as things are, so that it is no wonder that others may not."""
    came = [outcome for attempt, outcome in tried if attempt.about.own]
    return bool(came) and all(one.state == REFUSED or not (one.state or one.touched) for one in came)
