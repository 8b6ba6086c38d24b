"""Writes a row and says, in a column of it, that somebody else did."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.audit import value
from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.gather.trail.unguarded import past_guards
from pytest_readiness.judges.audit.attribution import is_told, names_of, tells_who
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.trail.turn import Done
    from pytest_readiness.gather.trail.writer import Writer
    from pytest_readiness.target.identities import Identity


class Signed:
    """Writes with bob's name in one column of a row.

    Args:
        writer: Runs the statements.
        row: The row, which is there.
        actor: Who writes.
        own: The column of the row.
        told: The column of the log that tells who wrote.
    """

    def __init__(self, writer: Writer, row: Row, actor: Identity, own: Column, told: str) -> None:
        self.writer = writer
        self.relation = writer.relation
        self.row = row
        self.actor = actor
        self.own = own
        self.told = told

    def all(self, change: str, *, made: bool) -> Iterator[tuple[str, str, str]]:
        """Yield each statement that left an entry, what may not stand there, and what does.

        Args:
            change: An update of the row that is recorded; empty where there is none.
            made: Whether the row is made anew, too.
        """
        for name in self._of_bob():
            tried = [*self._changed(name, change)] if change else []
            for sql, done in (*tried, *(self._made(name) if made else ())):
                if done.entries:
                    said = str(value(done.entries[0], self.told))
                    told = (text for text in (name, *names_of(BOB)) if said == text or is_told(text, said))
                    yield sql, next(told, BOB.uuid), said

    def _of_bob(self) -> tuple[str, ...]:
        """Return what names bob: his key, or that of his row in the table that the column refers to."""
        maker, keys = self.writer.maker, self.relation.foreign_keys
        key = next((key for key in keys if key.columns == (self.own.name,)), None)
        target = maker.catalog.relation(key.target) if key else None
        if key and target and target.name not in {self.relation.name, maker.users}:
            with suppress(CannotFillError, psycopg.Error):
                return (maker.make(target, BOB).texts[key.target_columns[0]] or BOB.uuid,)
        own = str(BOB.key(self.own.type))
        return (own, BOB.email) if holds_text(self.own) and tells_who(self.own) else (own,)

    def _changed(self, name: str, change: str) -> Iterator[tuple[str, Done]]:
        """Change the row otherwise, with the name beside it; where that cannot be, the name alone."""
        place, said = f" where {self.row.where}", f"{self.own.quoted} = {literal(name)}"
        alone = f"update {self.relation.name} set {said}{place}"
        for sql in (f"{change.removesuffix(place)}, {said}{place}", alone):
            done = self.writer.run(sql, self.actor, keep=False)
            yield sql, done
            if done.entries:
                return

    def _made(self, name: str) -> Iterator[tuple[str, Done]]:
        """Make the row again, with the name in it."""
        held = self.relation.privileges.get(self.actor.role)
        if self.row.adopted or not held or self.own.name not in held.insert:
            return
        columns = (c for c in self.relation.columns if c.writable and c.name in held.insert)
        given = {c.name: text for c in columns if (text := self.row.texts[c.name]) is not None}
        sql = insert_sql(self.relation, {**given, self.own.name: name})
        # Without an entry, and whatever refers to it: the row is to be free, nothing else.
        gone = f"delete from {self.relation.name} where {self.row.where}"
        with past_guards(self.writer.connection, gone) as freed:
            if freed.rows:
                yield sql, self.writer.run(sql, self.actor, keep=False)
