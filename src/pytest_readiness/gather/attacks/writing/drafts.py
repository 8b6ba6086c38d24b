"""Rows that are only the writer's own until a function takes them over: what an import stages, say.

Such a row may name a tenant that is not his. Nobody of that tenant reads it, and what comes of it is tried:
the function takes his own over, and of the same row with her tenant in it nothing comes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.climbing.action import WRITES
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, taken_away
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.isolation.labels import Row

_CALLS, _TAKERS = 6, 4
_RAISED = frozenset({REFUSED, "P0001"})
"""What a function raises that refuses on purpose."""

_TRIGGERS = frozenset({"trigger", "event_trigger"})


@dataclass(frozen=True, slots=True)
class Drafts:
    """Tells whether the rows of a relation are such."""

    field: Field

    def taken_over(self, name: str, outcome: Outcome) -> str | None:
        """Return what takes a row of his over although it names her tenant; empty if that is refused.

        None where rows are no drafts, or nothing takes any over.

        Args:
            name: The relation into which he put the row.
            outcome: What came of that.
        """
        relation, mine = self.field.catalog.relation(name), self.field.population.row(name, BOB.name)
        takers = self._takers(name)
        if (
            relation is None
            or relation.kind not in TABLE_KINDS
            or mine is None
            or not mine.where
            or not takers
        ):
            return None
        made = outcome.changed[name].new if name in outcome.changed else ()
        named = self._named(relation, mine, made[0]) if len(made) == 1 else ()
        if not named or self._is_seen(named):
            return None
        came = [came for taker in takers if (came := self._taken(relation, mine, taker, named)) is not None]
        return next(filter(None, came), "") if len(came) == len(takers) else None

    def _takers(self, name: str) -> list[Function]:
        """Return the functions that look at a relation and write to others; none if some are not for him."""
        field = self.field
        role = field.cast.user(BOB).role
        found = [
            function
            for function in field.catalog.functions
            if function.returns not in _TRIGGERS
            and name in field.texts.mentioned(function.body)
            and len(field.texts.mentioned(function.body)) > 1
            and WRITES.search(function.body)
        ]
        known = all(role in function.callers for function in found) and len(found) <= _TAKERS
        return found if known else []

    def _named(self, relation: Relation, mine: SyntheticRow, made: Row) -> tuple[str, ...]:
        """Return what gives his row the tenant that the new one names; nothing where that names others."""
        owned = self.field.owners.owned.get(relation.name)
        if owned is None or not owned.users or self.field.labels.people(relation.name, made) != {BOB.name}:
            return ()
        values = {name: made.get(name) for name in owned.tenants if made.get(name) is not None}
        moved = [
            c for c in relation.columns if c.name in values and str(values[c.name]) != mine.texts.get(c.name)
        ]
        sets = ", ".join(f"{c.quoted} = {literal(str(values[c.name]))}" for c in moved)
        return (QUIETLY, f"update {relation.name} set {sets} where {mine.where}", AS_EVER) if moved else ()

    def _is_seen(self, named: tuple[str, ...]) -> bool:
        """Whether she reads anything of a row that names her tenant."""
        alice = self.field.cast.user(ALICE)
        before = {*self.field.seen(reader=alice)}
        return any(row not in before for row in self.field.seen(named, alice))

    def _taken(
        self, relation: Relation, mine: SyntheticRow, taker: Function, named: tuple[str, ...]
    ) -> str | None:
        """Return the function if it takes his row over with her tenant in it; None if it takes none over."""
        gone = taken_away(relation.name, mine)
        for step in self._calls(taker):
            watch = tuple(sorted(self.field.texts.function_reach(taker)))
            bob = self.field.cast.user(BOB)
            own, without, foreign = (Attempt(bob, (step,), watch, before=one) for one in ((), gone, named))
            done = [came for _, came, _ in self.field.from_states([own, without, foreign])]
            if done[0].state or self._elsewhere(relation, done[0]) == self._elsewhere(relation, done[1]):
                continue
            harms = self.field.harms(foreign, done[2], BOB) if not done[2].state else ()
            if any(harm.relation != relation.name for harm in harms):
                return taker.signature
            return "" if not done[2].state or done[2].state in _RAISED else None
        return None

    def _calls(self, taker: Function) -> Iterator[str]:
        arguments = self.field.arguments
        given = itertools.chain(arguments.own(taker), arguments.varied(taker))
        return (call_sql(taker, one) for one in itertools.islice(dict.fromkeys(given), _CALLS))

    def _elsewhere(self, relation: Relation, outcome: Outcome) -> list[tuple[str, int, int]]:
        """Return how many rows of other relations went and came."""
        others = sorted(outcome.changed.keys() - {relation.name})
        return [(name, len(outcome.changed[name].gone), len(outcome.changed[name].new)) for name in others]
