"""Hangs rows on others: what a superuser does so that each refers to the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.gather.attacks.changes import Changes
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.isolation.cascades import Chain, Hanging


class Hangers:
    """Writes the statements that bring this about."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.changes = Changes(Forger(field))

    def hung(self, chain: Chain, rows: Mapping[str, SyntheticRow]) -> tuple[str, ...]:
        """Return them for a row of each relation of a chain; nothing if one has no key.

        What else refers to these rows is taken away, so that it does not refuse.
        """
        kept = {link.child.name for link in chain.between}
        alone, moves = [], []
        for link in chain.links:
            above = self.field.catalog.relation(link.key.target)
            alone += [*self.changes.unreferenced(above, rows[above.name], kept)] if above else []
            moves.append(moved(link, rows[link.key.target], rows[link.child.name]))
        # What refers to hers alone would keep it; she has other rows to which nothing refers.
        alone += self.changes.unreferenced(chain.last.child, rows[chain.last.child.name])
        return (*alone, QUIETLY, *moves, AS_EVER) if all(moves) else ()

    def hung_alike(self, link: Hanging, row: SyntheticRow, hers: SyntheticRow) -> tuple[str, ...]:
        """Return them for two rows of one relation; nothing if the first has no key."""
        alone = [s for one in (row, hers) for s in self.changes.unreferenced(link.child, one)]
        move = moved(link, row, hers)
        return (*alone, QUIETLY, move, AS_EVER) if move else ()


def referred(link: Hanging, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns by which a row refers to another."""
    pairs = zip(link.key.columns, link.key.target_columns, strict=True)
    return {name: row.get(other) for name, other in pairs}


def moved(link: Hanging, row: SyntheticRow, hers: SyntheticRow) -> str:
    """Return the update that lets a row refer to another; empty where that has no key."""
    values = referred(link, row.texts)
    columns = [c for c in link.child.columns if c.name in values]
    sets = ", ".join(f"{c.quoted} = {literal(values[c.name])}" for c in columns)
    known = all(value is not None for value in values.values())
    return f"update {link.child.name} set {sets} where {hers.where}" if known else ""
