"""Writes to each partition: by its own name, and by that of the table, which is where rows land."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.at_row import AtRow
from pytest_readiness.gather.trail.unguarded import make_unguarded, past_guards

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from pytest_readiness.evidence.audit import Write
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.trail.turns import Turns


@dataclass
class Parts(AtRow):
    """Writes to the partitions of one table, each as whoever may write to it.

    Attributes:
        unfilled: Partitions that got no row and have triggers of their own, each with the reason.
    """

    def __post_init__(self) -> None:
        """Begin with none."""
        self.unfilled: list[tuple[str, str]] = []

    def all(self, column: str, change: str) -> Iterator[Write]:
        """Yield the writes; `change` sets a column, and is recorded in the table itself."""
        if self.relation.kind != "partitioned table":
            return
        parts = [
            part
            for part in self.turns.catalog.relations
            if part.bounds and part.kind == "table" and self._belongs(part.parent)
        ]
        tried: set[Hashable] = set()
        unfilled: list[tuple[Relation, str]] = []
        for part in sorted(parts, key=lambda part: not self._holds(part)):
            try:
                yield from self._of(part, column, change)
                tried.add(_watched(part))
            except CannotFillError as error:
                unfilled.append((part, str(error)))
        self.unfilled = [(part.name, why) for part, why in unfilled if _watched(part) not in tried]

    def _of(self, part: Relation, column: str, change: str) -> Iterator[Write]:
        if self._holds(part):
            turns = self.turns.of(part)
            yield from self._there(part, part, turns, column, change)
            yield from self._into(part, part, turns)
        else:
            yield from self._elsewhere(part, column, change)

    def _holds(self, part: Relation) -> bool:
        sql = f"select from {part.name} where {self.present}"
        return self.writer.connection.execute(sql.encode()).fetchone() is not None

    def _elsewhere(self, part: Relation, column: str, change: str) -> Iterator[Write]:
        """Make the same writes to a row that lands in another partition, by the name of the table too."""
        connection = self.writer.connection
        connection.execute("savepoint elsewhere")
        try:
            # The row that is there could be in the way of another one.
            make_unguarded(connection, f"delete from {self.relation.name} where {self.present}")
            row = self.writer.maker.copy().trial(part, ALICE)
            row = replace(row, sql=insert_sql(self.relation, _held(self.relation, row)))
            if make_unguarded(connection, row.sql).rows:
                other = Parts(self.writer, row, row.where, self.turns)
                for place, turns in ((self.relation, self.turns), (part, self.turns.of(part))):
                    yield from other._into(part, place, turns)
                    yield from other._there(part, place, turns, column, change)
        finally:
            connection.execute("rollback to elsewhere")

    def _there(
        self, part: Relation, place: Relation, turns: Turns, column: str, change: str
    ) -> Iterator[Write]:
        """Write to the row where it is; `place` is by which name: the table's or the partition's."""
        statements = {"DELETE": (f"delete from {place.name} where {self.present}", "")}
        if place is part:
            statements = {"TRUNCATE": (f"truncate {part.name}", ""), **statements}
        if change:
            statements["UPDATE"] = f"update {place.name} set {change} where {self.present}", column
        within = "of" if place is part else "in"
        for verb, (sql, changed) in statements.items():
            turn = turns.take(verb, sql, changed, keep=False, sees=part.name)
            if turn.done.gone:
                yield self.writer.made(verb, turn, self.row, way=f"{verb} {within} the partition {part.name}")

    def _into(self, part: Relation, place: Relation, turns: Turns) -> Iterator[Write]:
        """Put the row, which is taken away unseen by triggers, in by that name."""
        row = replace(self.row, sql=insert_sql(place, _held(place, self.row)))
        gone = f"delete from {self.relation.name} where {self.present}"
        with past_guards(self.writer.connection, gone) as freed:
            turn = turns.insert(row) if freed.rows else None
        if turn and turn.done.new:
            into = "into" if place is part else "that lands in"
            way = f"INSERT {into} the partition {part.name}"
            yield self.writer.made("INSERT", turn, replace(row, sql=""), way=way)

    def _belongs(self, parent: str) -> bool:
        while parent and parent != self.relation.name:
            above = self.turns.catalog.relation(parent)
            parent = above.parent if above else ""
        return bool(parent)


def _held(place: Relation, row: Row) -> Values:
    return {
        column.name: text
        for column in place.columns
        if not column.generated and (text := row.texts.get(column.name)) is not None
    }


def _watched(part: Relation) -> Hashable:
    """Return what sees that rows of a partition are written to."""
    return frozenset((trigger.function, trigger.events, trigger.enabled) for trigger in part.triggers)
