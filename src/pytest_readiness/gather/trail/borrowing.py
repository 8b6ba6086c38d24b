"""Attaches, as a client, the functions that record to a temporary table of his own that is called alike."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.altering import came_to_it
from pytest_readiness.gather.trail.diversions import script
from pytest_readiness.gather.trail.writer import batch, expressions
from pytest_readiness.judges.audit.audit_log import fills, trigger_texts
from pytest_readiness.judges.audit.log_attacks import BORROWED
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation, Trigger
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.trail.ground import LogGround
    from pytest_readiness.target.identities import Identity

_DEFINITION = """
select pg_get_triggerdef(g.oid) from pg_trigger g
where g.tgrelid = %(table)s::regclass and g.tgname = %(name)s
"""
_TABLES = 3
"""How many tables lend a function their shape."""


class Borrowing:
    """Attempts on one log, in a transaction that the caller rolls back.

    Args:
        ground: The log.
    """

    def __init__(self, ground: LogGround) -> None:
        self._ground = ground
        callers = (ground.people.user(BOB), ground.people.anonymous())
        self._callers = [caller for caller in callers if caller]

    def all(self) -> Iterator[Attempt]:
        """Yield for each function that records what came of it, for the first client who could."""
        lent: dict[str, list[tuple[Relation, Trigger]]] = {}
        for relation in self._ground.audited:
            for trigger in relation.triggers:
                texts = [plain(text) for text in trigger_texts(self._ground.catalog, trigger)]
                if set(trigger.events) - {"TRUNCATE"} and fills(texts, relation, self._ground.log):
                    lent.setdefault(trigger.function, []).append((relation, trigger))
        for function, places in lent.items():
            tried = [a for place in islice(places, _TABLES) for a in self._as_clients(function, *place)]
            came = [attempt for attempt in tried if attempt.tried]
            yield from islice(sorted(came, key=lambda attempt: not attempt.done), 1)

    def _as_clients(self, function: str, relation: Relation, trigger: Trigger) -> Iterator[Attempt]:
        try:
            row = self._ground.maker.make(relation, ALICE)
        except CannotFillError:
            return
        sql = self._statements(relation, trigger, row)
        for caller in self._callers if sql else ():
            yield self._tried(function, relation, sql, caller)

    def _statements(self, relation: Relation, trigger: Trigger, row: Row) -> str:
        """Return what makes the table and a change in it that never was; empty where that cannot be said."""
        given = {"table": relation.name, "name": trigger.name}
        found = self._ground.connection.execute(_DEFINITION, given).fetchone()
        table, place = f"pg_temp.{identifier(relation.table)}", f" ON {relation.name} "
        if found is None or place not in found[0]:
            return ""
        columns = ", ".join(f"{column.quoted} {column.type}" for column in relation.columns)
        held = [c for c in relation.columns if row.texts.get(c.name) is not None]
        names = ", ".join(c.quoted for c in held)
        values = ", ".join(literal(row.texts[c.name]) for c in held)
        changed = next((c for c in held if c.writable and c.name not in relation.primary_key), held[0])
        after = {
            "INSERT": "",
            "DELETE": f";\ndelete from {table}",
            "UPDATE": f";\nupdate {table} set {changed.quoted} = {next(expressions(changed))}",
        }
        verb = next(verb for verb in after if verb in trigger.events)
        return (
            f"create temp table {identifier(relation.table)} ({columns});\n"
            f"{found[0].replace(place, f' ON {table} ', 1)};\n"
            f"insert into {table} ({names}) values ({values}){after[verb]}"
        )

    def _tried(self, function: str, relation: Relation, sql: str, caller: Identity) -> Attempt:
        before = self._ground.count()
        self._ground.connection.execute("savepoint borrowed")
        try:
            self._ground.connection.execute(batch(sql, caller).encode())
            done, state = self._ground.count() > before, ""
            said = f"a temporary table called {relation.table}"
        except psycopg.Error as error:
            done, state = False, str(error.sqlstate)
            said = f"{state}: {(error.diag.message_primary or str(error)).splitlines()[0]}"
        finally:
            self._ground.connection.execute("rollback to borrowed")
        came = came_to_it(state)
        shown = script(f"{sql};\nreset session authorization;\ntable {self._ground.log.name}", caller)
        return Attempt(f"{BORROWED}{function}", caller.role, done, said, shown, client=True, tried=came)
