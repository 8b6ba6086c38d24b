"""Writes to each partition by its own name: triggers for statements belong to one table alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.trail.unguarded import past_guards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Write
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.gather.synthesis.rows import Row
    from pytest_readiness.gather.trail.turns import Turns
    from pytest_readiness.gather.trail.writer import Writer


class Parts:
    """Writes to the partitions of one table, each as whoever may write to it.

    Args:
        writer: Runs the statements.
        row: The row, which is in one of them.
        present: The condition that finds it.
        turns: At writing to the table.
    """

    def __init__(self, writer: Writer, row: Row, present: str, turns: Turns) -> None:
        self.writer = writer
        self.relation = writer.relation
        self.row = row
        self.present = present
        self.turns = turns

    def all(self, column: str, change: str) -> Iterator[Write]:
        """Yield the writes; `change` sets a column, and is recorded in the table itself."""
        if self.relation.kind != "partitioned table":
            return
        for part in self.turns.catalog.relations:
            if part.bounds and part.kind == "table" and self._belongs(part.parent):
                turns = self.turns.of(part)
                yield from self._there(part, turns, column, change)
                yield from self._into(part, turns)

    def _there(self, part: Relation, turns: Turns, column: str, change: str) -> Iterator[Write]:
        statements = {
            "TRUNCATE": (f"truncate {part.name}", ""),
            "DELETE": (f"delete from {part.name} where {self.present}", ""),
        }
        if change:
            statements["UPDATE"] = f"update {part.name} set {change} where {self.present}", column
        for verb, (sql, changed) in statements.items():
            turn = turns.take(verb, sql, changed, keep=False, sees=part.name)
            if turn.done.gone:
                yield self.writer.made(verb, turn, self.row, way=f"{verb} of the partition {part.name}")

    def _into(self, part: Relation, turns: Turns) -> Iterator[Write]:
        """Put the row, which is taken away unseen by triggers, into a partition by its name."""
        held: Values = {
            c.name: text
            for c in part.columns
            if not c.generated and (text := self.row.texts.get(c.name)) is not None
        }
        row = replace(self.row, sql=insert_sql(part, held))
        gone = f"delete from {self.relation.name} where {self.present}"
        with past_guards(self.writer.connection, gone) as freed:
            turn = turns.insert(row) if freed.rows else None
        if turn and turn.done.new:
            way = f"INSERT into the partition {part.name}"
            yield self.writer.made("INSERT", turn, replace(row, sql=""), way=way)

    def _belongs(self, parent: str) -> bool:
        while parent and parent != self.relation.name:
            above = self.turns.catalog.relation(parent)
            parent = above.parent if above else ""
        return bool(parent)
