"""Writes to the row in each state that code asks for: what is recorded of one may not be of another."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.gather.trail.at_row import AtRow
from pytest_readiness.gather.trail.unguarded import make_unguarded
from pytest_readiness.judges.audit.audit_log import texts_of_triggers
from pytest_readiness.judges.audit.trail import ENTERED
from pytest_readiness.judges.sql.asked_values import values_asked
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.audit import Write
    from pytest_readiness.evidence.catalog import Column

_MOST = 12
"""States of one table that are tried."""
_ALONE = 2
"""How many columns are changed by themselves, where all together cannot be."""
_CONDITIONS = """
select pg_get_triggerdef(oid) from pg_trigger
where tgrelid = %s::regclass and not tgisinternal and tgqual is not null
"""


class States(AtRow):
    """Brings the row into states, and changes and deletes it there; each is undone at once."""

    def all(self, changes: Mapping[str, str]) -> Iterator[Write]:
        """Yield the writes; `changes` are expressions that change a column and are recorded."""
        states = self._states() if self.relation.primary_key else ()
        for column, value in islice(states, _MOST):
            connection = self.writer.connection
            connection.execute("savepoint state")
            try:
                yield from self._in(column, value, changes)
            finally:
                connection.execute("rollback to state")

    def _states(self) -> Iterator[tuple[Column, str | None]]:
        """Yield the values of columns that code asks for."""
        rows = self.writer.connection.execute(_CONDITIONS, (self.relation.name,)).fetchall()
        texts = texts_of_triggers(self.turns.catalog, self.relation)
        text = "\n".join([*(condition for (condition,) in rows), *dict.fromkeys(texts)])
        kept = {name for key in self.relation.foreign_keys for name in key.columns} | {
            *self.relation.primary_key
        }
        for column in self.relation.columns:
            if column.writable and column.name not in kept:
                asked = values_asked(self.relation, column, text)
                yield from ((column, value) for value in asked if value != self.row.texts.get(column.name))

    def _in(self, column: Column, value: str | None, changes: Mapping[str, str]) -> Iterator[Write]:
        said = "NULL" if value is None else value
        entered = f"update {self.relation.name} set {column.quoted} = {literal(value)} where {self.present}"
        turn = self.turns.take("UPDATE", entered, column.name)
        if turn.done.gone:
            yield self.writer.made("UPDATE", turn, self.row, column=column.name, way=f"{ENTERED} {said!r}")
        elif not make_unguarded(self.writer.connection, entered).rows:
            return
        others = [f"{identifier(name)} = {one}" for name, one in changes.items() if name != column.name]
        where = f"where {self.present}"
        for sets in dict.fromkeys((", ".join(others), *others[:_ALONE])) if others else ():
            if write := self._try("UPDATE", f"update {self.relation.name} set {sets} {where}", column, said):
                yield write
                break
        if write := self._try("DELETE", f"delete from {self.relation.name} {where}", column, said):
            yield write

    def _try(self, verb: str, sql: str, column: Column, said: str) -> Write | None:
        turn = self.turns.take(verb, sql, keep=False)
        if not turn.done.gone or turn.done.sqlstate:
            return None
        return self.writer.made(verb, turn, self.row, way=f"{verb} where {column.name} is {said!r}")
