"""Writes while the log takes no entry: what would leave one has to fail with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.gather.trail.unguarded import past_guards

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Write
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.trail.writer import Writer
    from pytest_readiness.target.identities import Identity

_OBSTACLE = "readiness_obstacle"


class Obstacle:
    """One write to a row whose entry the log refuses.

    Args:
        writer: Runs the statements.
        row: The row.
        present: The condition that finds it.
        actor: Who writes.
    """

    def __init__(self, writer: Writer, row: Row, present: str, actor: Identity) -> None:
        self.writer = writer
        self.row = row
        self.delete = f"delete from {writer.relation.name} where {present}"
        self.actor = actor

    def all(self, update: str, insert: str) -> Iterator[Write]:
        """Yield an update; where none is recorded the end of the row, or the row anew.

        Args:
            update: Of the row, that leaves an entry; empty where there is none.
            insert: The statement that puts in the row as it is; empty where it is not there.
        """
        if update:
            yield from self._obstructed("UPDATE", update, self.row)
        elif self._recorded(self.delete):
            yield from self._obstructed("DELETE", self.delete, self.row)
        elif insert:
            with past_guards(self.writer.connection, self.delete) as gone:
                if gone.rows and self._recorded(insert):
                    yield from self._obstructed("INSERT", insert, replace(self.row, sql=""))

    def _recorded(self, sql: str) -> bool:
        return bool(self.writer.run(sql, self.actor, keep=False).entries)

    def _obstructed(self, verb: str, sql: str, row: Row) -> Iterator[Write]:
        connection = self.writer.connection
        connection.execute("savepoint obstructed")
        obstacle = f"alter table {self.writer.log} add constraint {_OBSTACLE} check (false) not valid"
        try:
            connection.execute(obstacle.encode())
        except psycopg.Error:
            connection.execute("rollback to obstructed")
            return
        done = self.writer.run(sql, self.actor, keep=False)
        connection.execute("rollback to obstructed")
        script = f"{obstacle};\n{self.actor.script()}"
        way = f"{verb} with a log that refuses the entry"
        yield self.writer.write(
            verb, sql, done, row, actor=self.actor.name, script=script, way=way, obstructed=True
        )
