"""Writes as a user who dates a row far back, or far ahead, and reads which times the entries have."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import Dating
from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.trail.at_row import AtRow
from pytest_readiness.gather.trail.unguarded import past_guards
from pytest_readiness.gather.trail.writer import values_of
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.trail.turn import Done

_FALSE = ("1987-06-05 04:03:02+00", "2187-06-05 04:03:02+00")
"""A CHECK may refuse one of them."""
_COLUMNS = 4
"""How many times of a row are set."""
_OTHERS = 12
"""How many columns are changed beside: the time may be asked for with one change and not with another."""
_VALUES = 6


@dataclass
class Dates(AtRow):
    """Writes to one row with false times in it, each undone at once.

    Args:
        log: Of the writer.
    """

    log: Relation

    def __post_init__(self) -> None:
        """Look up what alice may set, and where the log has times."""
        self.alice = self.turns.alice
        role = self.alice.role if self.alice else ""
        self.held = self.relation.privileges.get(role, Privileges())
        self.times = tuple(column.name for column in self.log.columns if _is_time(column))

    def all(self) -> Iterator[Dating]:
        """Yield what each write with a false time left."""
        keys = {name for key in self.relation.foreign_keys for name in key.columns}
        own = {*keys, *self.relation.primary_key}
        told = [c for c in self.relation.columns if _is_time(c) and c.writable and c.name not in own]
        for column in told[:_COLUMNS] if self.times else ():
            if column.name in self.held.update:
                yield from self._changed(column, own)
            if column.name in self.held.insert and not self.row.adopted:
                yield from self._made(column)

    def _changed(self, time: Column, own: set[str]) -> Iterator[Dating]:
        others = (c for c in self.relation.columns if c.name in self.held.update and c.name not in own)
        for other in islice((c for c in others if c.name != time.name), _OTHERS):
            for sql, planted in self._with(time, other):
                done = self.writer.run(sql, self.alice, keep=False)
                if _differs(done, other.name):
                    yield self._dating("UPDATE", time, sql, planted, done)
                    break

    def _with(self, time: Column, other: Column) -> Iterator[tuple[str, str]]:
        for planted in _FALSE:
            for value in islice(values_of(self.relation, other), _VALUES):
                sets = f"{other.quoted} = {value}, {time.quoted} = {literal(planted)}"
                yield f"update {self.relation.name} set {sets} where {self.present}", planted

    def _made(self, time: Column) -> Iterator[Dating]:
        """Make the row again, which is taken away unseen by triggers."""
        columns = (c for c in self.relation.columns if c.writable and c.name in self.held.insert)
        given = {c.name: text for c in columns if (text := self.row.texts.get(c.name)) is not None}
        unseen = f"delete from {self.relation.name} where {self.present}"
        with past_guards(self.writer.connection, unseen) as gone:
            for planted in _FALSE if gone.rows else ():
                sql = insert_sql(self.relation, {**given, time.name: planted})
                done = self.writer.run(sql, self.alice, keep=False)
                if done.new:
                    yield self._dating("INSERT", time, sql, planted, done)
                    return

    def _dating(self, verb: str, time: Column, sql: str, planted: str, done: Done) -> Dating:
        found = self.writer.connection.execute("select to_jsonb(clock_timestamp())").fetchone()
        alice = self.alice
        become = alice.script() if alice else ""
        return Dating(
            verb=verb,
            column=time.name,
            actor=alice.name if alice else "",
            planted=planted,
            now=str(found[0]) if found else "",
            times=self.times,
            entries=done.entries,
            sql=self.writer.script(sql, self.row, become, first=verb == "INSERT"),
        )


def _is_time(column: Column) -> bool:
    return column.type == "date" or column.type.startswith("timestamp")


def _differs(done: Done, name: str) -> bool:
    """Whether a write changed a column and left an entry."""
    before, after = (rows[0].get(name) if rows else None for rows in (done.gone, done.new))
    return bool(done.entries) and before != after
