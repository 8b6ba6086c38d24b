"""What rows of others bob reads once values are set that he did not read before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt

if TYPE_CHECKING:
    from pytest_readiness.gather.attacks.field import Field


class Opened:
    """Looks at rows of hers, and only once at each as things are then."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._found: dict[tuple[tuple[str, ...], ...], bool] = {}
        self._hidden: dict[tuple[str, ...], list[Attempt]] = {}

    def more(self, before: tuple[str, ...], after: tuple[str, ...]) -> bool:
        """Whether bob reads a row of hers after some statements that he does not read after others."""
        key = (before, after)
        if key not in self._found:
            looks = (replace(look, before=after) for look in self._unseen(before))
            self._found[key] = any(outcome.rows for _, outcome in self.field.runner.run(looks))
        return self._found[key]

    def _unseen(self, before: tuple[str, ...]) -> list[Attempt]:
        """Return the looks at what he does not read after statements."""
        if before not in self._hidden:
            bob = self.field.cast.user(BOB)
            looks = (
                Attempt(bob, (f"{QUERY}select 1 from {relation.name} where {row.where}",), before=before)
                for relation in self.field.catalog.relations
                if relation.kind in TABLE_KINDS and bob.role in relation.readable
                if (row := self.field.population.row(relation.name, ALICE.name))
            )
            came = self.field.runner.run(looks)
            self._hidden[before] = [look for look, outcome in came if not outcome.rows]
        return self._hidden[before]
