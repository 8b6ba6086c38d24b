"""Deletes what entries of a log refer to: the trail has to outlive it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.gather.trail.diversions import script
from pytest_readiness.gather.trail.writer import batch
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import ForeignKey, Relation
    from pytest_readiness.target.identities import Identity

_TRIED = 8
"""How many rows are tried: others may keep some of them."""


_UNGUARDED = """set local session_replication_role = replica;
{statement};
set local session_replication_role = default;"""


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
        said, last = "there is no row there", ""
        for row in self._rows(key):
            for actor in self._actors:
                done, said, last = self._tried(key, row, actor)
                if done:
                    return Attempt(deed, actor.name, done, said, last)
        return Attempt(deed, self._actors[-1].name, done=False, detail=said, sql=last)

    def _rows(self, key: ForeignKey) -> list[dict[str, Any]]:
        held = ", ".join(identifier(name) for name in key.target_columns)
        found = self._connection.execute(
            f"select to_jsonb(t) from (select {held} from {key.target} limit {_TRIED}) t".encode()
        )
        return [row[0] for row in found.fetchall()]

    def _tried(self, key: ForeignKey, row: dict[str, Any], actor: Identity) -> tuple[bool, str, str]:
        """Have an entry refer to a row, and delete the row."""
        pairs = list(zip(key.columns, (row[name] for name in key.target_columns), strict=True))
        refers = " and ".join(f"{identifier(name)} = {literal(str(held))}" for name, held in pairs)
        sets = ", ".join(f"{identifier(name)} = {literal(str(held))}" for name, held in pairs)
        where = " and ".join(f"{identifier(name)} = {literal(str(row[name]))}" for name in key.target_columns)
        one = f"(tableoid, ctid) = (select tableoid, ctid from {self._log.name} limit 1)"
        # As the trigger would have written it: the guards of the log are not what is tried here.
        refer = _UNGUARDED.format(statement=f"update {self._log.name} set {sets} where {one}")
        delete = f"delete from {key.target} where {where}"
        shown = script(f"{refer}\n{actor.script()}\n{delete}", None)
        self._connection.execute("savepoint parent")
        try:
            self._connection.execute(refer.encode())
            before = self._count(refers)
            self._connection.execute(batch(delete, actor).encode())
            gone = before > 0 and not self._count(refers)
        except psycopg.Error as error:
            return (
                False,
                f"{error.sqlstate}: {(error.diag.message_primary or str(error)).splitlines()[0]}",
                shown,
            )
        finally:
            self._connection.execute("rollback to parent")
        return gone, "entries went or changed" if gone else "nothing changed", shown

    def _count(self, where: str) -> int:
        row = self._connection.execute(
            f"select count(*) from {self._log.name} where {where}".encode()
        ).fetchone()
        return int(row[0]) if row else 0
