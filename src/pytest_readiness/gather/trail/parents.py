"""Deletes what entries of a log refer to: the trail has to outlive it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.gather.synthesis.refusals import REFERRED_TO
from pytest_readiness.gather.trail.diversions import script
from pytest_readiness.gather.trail.unguarded import Made, make_unguarded, unguarded
from pytest_readiness.gather.trail.writer import batch
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.catalog import ForeignKey, Relation
    from pytest_readiness.target.identities import Identity

_TRIED = 8
"""How many rows are tried: others may keep some of them."""


class Parents:
    """Deletes rows that entries refer to, in a transaction that the caller rolls back.

    Args:
        connection: Of a superuser, in a transaction.
        log: With an entry at least.
        service: The backend. What it may not delete the superuser deletes with its claims: as a caller who is
            deleted himself nobody could tell a refusal from an entry about him that comes too late.
    """

    def __init__(self, connection: psycopg.Connection, log: Relation, service: Identity) -> None:
        self._connection = connection
        self._log = log
        self._actors = (service, replace(service, name="whoever deletes there", login="", role=""))

    def all(self) -> Iterator[Attempt]:
        """Yield what came of the deletion for each key that cascades."""
        for key in self._log.foreign_keys:
            if key.on_delete == "CASCADE":
                yield self._deleted(key)

    def _deleted(self, key: ForeignKey) -> Attempt:
        """Delete one row after the other, each as everybody who may, until one takes its entry along."""
        deed = f"DELETE of {key.target}, to which entries refer"
        last = Attempt(deed, self._actors[-1].name, done=False, detail="no row is there", sql="", tried=False)
        for row in self._rows(key):
            # Whoever comes last may delete whatever can be: of the others only a success says something.
            for actor in self._actors:
                found = self._tried(deed, key, row, actor)
                if found.done:
                    return found
            last = found if found.tried or not last.tried else last
        return last

    def _rows(self, key: ForeignKey) -> list[dict[str, Any]]:
        """Return the keys of some rows, those that entries refer to already before others."""
        held = ", ".join(f"p.{identifier(name)}" for name in key.target_columns)
        pairs = zip(key.columns, key.target_columns, strict=True)
        refers = " and ".join(f"e.{identifier(own)} = p.{identifier(other)}" for own, other in pairs)
        found = self._connection.execute(
            f"select to_jsonb(t) from (select {held} from {key.target} p order by exists (select from "
            f"{self._log.name} e where {refers}) desc limit {_TRIED}) t".encode()
        )
        return [row[0] for row in found.fetchall()]

    def _tried(self, deed: str, key: ForeignKey, row: dict[str, Any], actor: Identity) -> Attempt:
        """Have an entry refer to a row, where none does, and delete the row."""
        own = {name: row[other] for name, other in zip(key.columns, key.target_columns, strict=True)}
        refers = _equal(own, " and ")
        one = f"(tableoid, ctid) = (select tableoid, ctid from {self._log.name} limit 1)"
        # As the trigger would have written it: the guards of the log are not what is tried here.
        refer = f"update {self._log.name} set {_equal(own, ', ')} where {one}"
        delete = f"delete from {key.target} where {_equal(row, ' and ')}"
        there = self._count(refers) > 0
        prepared = "" if there else f"{unguarded(refer)}\n"
        shown = script(f"{prepared}{actor.script()}\n{delete}", None)
        self._connection.execute("savepoint parent")
        try:
            made = Made(1) if there else make_unguarded(self._connection, refer)
            if not made.rows:
                said = f"no entry could be made to refer to a row: {made.refusal or 'nothing was written'}"
                return Attempt(deed, actor.name, done=False, detail=said, sql=shown, tried=False)
            self._connection.execute(batch(delete, actor).encode())
            gone = not self._count(refers)
            said = "entries went or changed" if gone else "nothing changed"
            return Attempt(deed, actor.name, gone, said, shown)
        except psycopg.Error as error:
            said = f"{error.sqlstate}: {(error.diag.message_primary or str(error)).splitlines()[0]}"
            return Attempt(deed, actor.name, done=False, detail=said, sql=shown, tried=not self._kept(error))
        finally:
            self._connection.execute("rollback to parent")

    def _kept(self, error: psycopg.Error) -> bool:
        """Whether rows of another table than the log keep a row, as they need not keep every one."""
        diag = error.diag
        other = (diag.schema_name, diag.table_name) != (self._log.schema, self._log.table)
        return error.sqlstate in REFERRED_TO and bool(diag.constraint_name) and other

    def _count(self, where: str) -> int:
        row = self._connection.execute(
            f"select count(*) from {self._log.name} where {where}".encode()
        ).fetchone()
        return int(row[0]) if row else 0


def _equal(held: Mapping[str, Any], joined: str) -> str:
    return joined.join(f"{identifier(name)} = {literal(str(value))}" for name, value in held.items())
