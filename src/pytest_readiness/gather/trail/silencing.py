"""Calls whatever switches triggers off while it writes, and looks whether rows change that leave no entry."""

from __future__ import annotations

import json
import re
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.trail.altering import came_to_it
from pytest_readiness.gather.trail.diversions import script
from pytest_readiness.gather.trail.givens import call_of, choices_of, lists_of
from pytest_readiness.gather.trail.ground import documents_in
from pytest_readiness.gather.trail.writer import batch
from pytest_readiness.judges.audit.log_attacks import SILENT
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.trail.ground import LogGround
    from pytest_readiness.target.identities import Identity

_SWITCHED_OFF = re.compile(r"\bdisable\s+(?:trigger|rule)\b|\bsession_replication_role\b", re.IGNORECASE)
_CALLS = 32
_ROWS = 3
"""Rows of each table that lend their values to arguments."""


class Silencing:
    """Calls for one log, in a transaction that the caller rolls back.

    Args:
        ground: The log, and rows in the tables that it tells of.
    """

    def __init__(self, ground: LogGround) -> None:
        self._ground = ground
        people = ground.people
        clients = (people.anonymous(), people.user(ALICE), people.user(BOB))
        self._clients = [client for client in clients if client]
        self._service = people.service()

    def all(self) -> Iterator[Attempt]:
        """Yield what came of the calls of each function, for the first who changed a row unseen."""
        texts = texts_of(self._ground.catalog)
        for function in self._ground.catalog.functions:
            runs = function.kind in {"function", "procedure"} and function.returns != "trigger"
            said = "\n".join([plain(function.body), *function.config])
            if not runs or not _SWITCHED_OFF.search(said):
                continue
            reached = texts.function_reach(function)
            near = [name for name in self._before if name in reached]
            clients = [client for client in self._clients if client.role in function.callers]
            tried = [self._called(function, one, near) for one in (*clients, self._service)] if near else []
            yield from islice(sorted(tried, key=lambda one: (not one.done, one.tried)), 1)

    def _called(self, function: Function, caller: Identity, near: list[str]) -> Attempt:
        deed, said, came, sql = f"{SILENT}{function.signature}", "no row was changed by it", False, ""
        for given in islice(lists_of(function, choices_of(function, self._rows(near))), _CALLS):
            sql = call_of(function, given)
            changed, entries, refusal = self._try(sql, caller, near)
            if changed and not entries:
                told = "a row changed, and no entry was left"
                return Attempt(deed, caller.name, done=True, detail=told, sql=script(sql, caller))
            came = came or changed or came_to_it(refusal[:5])
            said = refusal or said
        return Attempt(deed, caller.name, done=False, detail=said, sql=script(sql, caller), tried=came)

    def _try(self, sql: str, caller: Identity, near: list[str]) -> tuple[bool, bool, str]:
        """Return whether a call changed rows, whether it left entries, and the refusal."""
        connection = self._ground.connection
        connection.execute("savepoint silencing")
        try:
            connection.execute(batch(sql, caller).encode())
            changed = any(documents_in(connection, name) != self._before[name] for name in near)
            return changed, self._ground.count() > self._entries, ""
        except psycopg.Error as error:
            said = (error.diag.message_primary or str(error)).splitlines()[0]
            return False, False, f"{error.sqlstate}: {said}"
        finally:
            connection.execute("rollback to silencing")

    @cached_property
    def _before(self) -> dict[str, Counter[str]]:
        """The rows of each table, which every call finds as they are: all of it is taken back."""
        return {one.name: documents_in(self._ground.connection, one.name) for one in self._ground.audited}

    @cached_property
    def _entries(self) -> int:
        return self._ground.count()

    def _rows(self, near: list[str]) -> list[dict[str, object]]:
        return [json.loads(text) for name in near for text in islice(self._before[name], _ROWS)]
