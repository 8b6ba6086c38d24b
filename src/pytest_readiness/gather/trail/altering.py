"""Tries statements on the entries of a log, and says which of several tells most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.trail.diversions import script
from pytest_readiness.gather.trail.writer import batch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.target.identities import Identity

RAISED = "P0001"
"""SQLSTATE of an exception that a body raises."""
_UNTRIED = {"57014", "55P03"}
"""SQLSTATEs of what took too long."""
_ELSEWHERE = {"22", "23", "2D", "42"}
"""Classes of SQLSTATEs."""


class Altering:
    """Tries statements, in a transaction that the caller rolls back.

    Args:
        connection: Of a superuser, in a transaction.
        log: Name of the log, which has entries.
    """

    def __init__(self, connection: psycopg.Connection, log: str) -> None:
        self._connection = connection
        self._log = log

    def first(self, deed: str, statements: Iterable[str], actor: Identity, before: str = "") -> Attempt:
        """Return the first statement that took or altered entries; else the refusal that says most."""
        best, most = Attempt(deed, actor.name, done=False, detail="nothing to try", sql="", tried=False), -1
        for sql in statements:
            attempt, state = self._one(deed, sql, actor, before)
            if attempt.done:
                return attempt
            if (rank := _rank(state)) > most:
                best, most = replace(attempt, tried=came_to_it(state)), rank
        return best

    def _one(self, deed: str, sql: str, actor: Identity, before: str) -> tuple[Attempt, str]:
        """Return what came of a statement, and the SQLSTATE of a refusal."""
        shown = script(f"{before}\n{sql}" if before else sql, actor)
        entries = self._image()
        self._connection.execute("savepoint attempt")
        try:
            self._connection.execute(batch(sql, actor, before).encode())
            after, said, state = self._image(), "", ""
        except psycopg.Error as error:
            after, said, state = entries, str(error.diag.message_primary or error), str(error.sqlstate)
        self._connection.execute("rollback to attempt")
        if state:
            said = f"{state}: {said.splitlines()[0]}"
            return Attempt(deed, actor.name, done=False, detail=said, sql=shown), state
        off = sql.endswith(" disable trigger user")
        said = "entries went or changed" if after != entries else "nothing changed"
        said = "the log is gone" if after == "gone" else "its triggers are off" if off else said
        return Attempt(deed, actor.name, off or after != entries, said, shown), ""

    def _image(self) -> str:
        """Return a digest of all entries that were there before; `gone` where the log is."""
        found = self._connection.execute("select to_regclass(%s)", (self._log,)).fetchone()
        if not found or found[0] is None:
            return "gone"
        row = self._connection.execute(
            f"select md5(string_agg(t::text, ',' order by t::text)) from {self._log} t".encode()
        ).fetchone()
        return str(row[0]) if row else ""


def came_to_it(state: str) -> bool:
    """Whether a refusal is about the deed: not about a value, of which another might have done, or the call.

    What names nothing that there is, and what ends a transaction of its own, never came to it.
    """
    return state == REFUSED or (state[:2] not in _ELSEWHERE and state not in _UNTRIED)


def _rank(state: str) -> int:
    """Return how much a refusal says: a guard speaks for all; constraints are asked after all rights."""
    if state == RAISED:
        return 3
    return 2 if state.startswith("23") else int(came_to_it(state))
