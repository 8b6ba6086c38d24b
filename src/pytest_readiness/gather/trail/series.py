"""Changes one row several times in one transaction: each change is to leave what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.gather.trail.unguarded import past_guards
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.audit import Write
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.trail.turn import Done
    from pytest_readiness.gather.trail.writer import Writer
    from pytest_readiness.target.identities import Identity


_DEFERRED = """
select string_agg(format('%I.%I', nspname, conname), ', ')
from pg_constraint join pg_namespace n on n.oid = connamespace where condeferred
"""


class Series:
    """Two statements about one row, before whatever waits for the end of the transaction.

    Args:
        writer: Runs the statements.
        row: The row.
        present: The condition that finds it.
        actor: Who writes.
    """

    def __init__(self, writer: Writer, row: Row, present: str, actor: Identity) -> None:
        self.writer = writer
        self.relation = writer.relation
        self.row = row
        self.present = present
        self.actor = actor

    def all(self, changes: Mapping[str, str], insert: str) -> Iterator[Write]:
        """Yield two updates; an update and the end of the row; a new row and an update.

        Args:
            changes: Expressions that change a column.
            insert: The statement that puts in the row as it is.
        """
        updates = [
            f"update {self.relation.name} set {identifier(name)} = {value} where {self.present}"
            for name, value in changes.items()
        ]
        if not updates:
            return
        again = updates[1] if len(updates) > 1 else updates[0]
        delete = f"delete from {self.relation.name} where {self.present}"
        yield from self._both("UPDATE", updates[0], again, "two UPDATEs in one transaction")
        yield from self._both("DELETE", updates[0], delete, "UPDATE and DELETE in one transaction")
        if insert:
            with past_guards(self.writer.connection, delete) as gone:
                if gone.rows:
                    yield from self._both(
                        "INSERT", insert, updates[0], "INSERT and UPDATE in one transaction"
                    )

    def _both(self, verb: str, first: str, second: str, way: str) -> Iterator[Write]:
        """Run two statements one after another, then both before deferred triggers fire."""
        connection = self.writer.connection
        connection.execute("savepoint one_by_one")
        alone = [(sql, self.writer.run(sql, self.actor)) for sql in (first, second)]
        connection.execute("rollback to one_by_one")
        if any(done.sqlstate or not done.entries for _, done in alone):
            return
        done = self.writer.run(first, self.actor, before=self._deferred(), later=f"{second};", keep=False)
        if not done.sqlstate:
            parts = tuple(self._write(verb, sql, part) for sql, part in alone)
            both = self._write(verb, f"{first};\n{second}", done)
            yield replace(both, way=way, mingled=True, parts=parts)

    def _write(self, verb: str, sql: str, done: Done) -> Write:
        actor = self.actor
        return self.writer.write(verb, sql, done, self.row, actor=actor.name, script=actor.script(), way=verb)

    def _deferred(self) -> str:
        """Return what makes triggers wait that do so at the beginning of a transaction; empty without any.

        Earlier writes of this transaction have made them fire at once.
        """
        found = self.writer.connection.execute(_DEFERRED).fetchone()
        return f"set constraints {found[0]} deferred;" if found and found[0] else ""
