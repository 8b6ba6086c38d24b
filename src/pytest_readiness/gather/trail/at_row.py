"""The row of an audited table that is there to be written to, as all who write to it are given it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.trail.turns import Turns
    from pytest_readiness.gather.trail.writer import Writer


@dataclass
class AtRow:
    """Who writes to the row, in the transaction of the writer.

    Args:
        writer: Runs the statements.
        row: The row, whose statement made it.
        present: The condition that finds it.
        turns: At writing to the table.
    """

    writer: Writer
    row: Row
    present: str
    turns: Turns

    @property
    def relation(self) -> Relation:
        """The table of the writer."""
        return self.writer.relation
