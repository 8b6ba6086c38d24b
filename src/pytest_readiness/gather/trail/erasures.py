"""Calls whatever reaches a log, and looks whether entries went or say something else."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.trail.altering import RAISED, came_to_it
from pytest_readiness.gather.trail.diversions import script
from pytest_readiness.gather.trail.givens import call_of, choices_of, lists_of
from pytest_readiness.gather.trail.growing import entries_of_rows
from pytest_readiness.gather.trail.writer import batch, difference
from pytest_readiness.judges.audit.kept_entries import rewritten
from pytest_readiness.judges.audit.log_attacks import CALL
from pytest_readiness.judges.sql.lexis import plain, word
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.audit import Log
    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation
    from pytest_readiness.gather.trail.people import People
    from pytest_readiness.target.identities import Identity

_CALLS = 32
"""Of each function, as each client; more than there are values for an argument."""
_SHOWN = 3
"""How many entries lend their values to arguments."""
_HUNG = "57014"


class Erasures:
    """Calls of the functions that reach one log, in a transaction that the caller rolls back.

    What the backend calls is how entries end that were kept long enough: those of this transaction were not.

    Args:
        people: Who call.
        connection: Of a superuser, in a transaction.
        catalog: Of the target.
        log: With an entry at least.
        audited: The tables that it tells of.
        parts: Names of the partitions of the log.
    """

    def __init__(
        self,
        people: People,
        connection: psycopg.Connection,
        catalog: CatalogEvidence,
        log: Log,
        audited: Sequence[Relation],
        parts: Sequence[str] = (),
    ) -> None:
        self._connection = connection
        self._catalog = catalog
        self._log = log
        self._rows = {column.name for relation in audited for column in relation.columns}
        self._places = {log.name, *parts}
        clients = (people.anonymous(), people.user(BOB), people.user(ALICE))
        self._clients = [client for client in clients if client is not None]
        self._service = people.service()

    def all(self) -> Iterator[Attempt]:
        """Yield what came of the calls of each function, for the first client that it served."""
        texts = texts_of(self._catalog)
        for function in self._catalog.functions:
            callers = [client for client in self._clients if client.role in function.callers]
            callers += [self._service] if self._destroys(function) else []
            runs = function.kind in {"function", "procedure"} and function.volatility == "volatile"
            reaches = runs and self._places & texts.function_reach(function)
            if callers and reaches and function.returns != "trigger":
                attempt = self._called(function, callers)
                if attempt.tried or self._destroys(function):
                    yield attempt

    def _destroys(self, function: Function) -> bool:
        """Whether a function is there to alter entries; others only leave some, as they change a table."""
        own = self._catalog.relation(self._log.name)
        table = own.table if own else ""
        said = (
            rf"\b(?:delete\s+from|truncate(?:\s+table)?|update)\s+(?:only\s+)?(?:\w+\s*\.\s*)?{word(table)}\b"
        )
        return bool(re.search(said, plain(function.body), re.IGNORECASE))

    def _called(self, function: Function, callers: Sequence[Identity]) -> Attempt:
        """Return the first call that took entries; else one that came to nothing for want of arguments."""
        last: Attempt | None = None
        choices = choices_of(function, self._held())
        for caller in callers:
            found = self._called_by(caller, function, choices)
            if found.done:
                return found
            last = found if last is None or last.tried else last
        return last or Attempt(_deed(function), "", done=False, detail="nobody calls it", sql="", tried=False)

    def _called_by(self, caller: Identity, function: Function, choices: list[list[str]]) -> Attempt:
        """Return what came of a function that somebody calls.

        What it raises may be about its arguments: it refuses where it was called with all that there are.
        """
        deed = _deed(function)
        best = Attempt(deed, caller.name, done=False, detail="nothing to try", sql="", tried=False)
        raised: Attempt | None = None
        for given in islice(lists_of(function, choices), _CALLS):
            sql = call_of(function, given)
            done, said, state = self._try(sql, caller)
            came = came_to_it(state) and state != RAISED
            attempt = Attempt(deed, caller.name, done, said, script(sql, caller), client=True, tried=came)
            if done:
                return attempt
            best = best if best.tried or (best.sql and not came) else attempt
            raised = attempt if state == RAISED and raised is None else raised
            if state == _HUNG:
                return best if best.tried else attempt
        return replace(raised, tried=True) if raised and not best.tried else best

    def _try(self, sql: str, caller: Identity) -> tuple[bool, str, str]:
        """Return whether a call took or altered entries, what came of it, and the SQLSTATE of a refusal."""
        self._connection.execute("savepoint call")
        before = self._entries()
        try:
            self._connection.execute(batch(sql, caller).encode())
            lost, added = difference(before, self._entries())
        except psycopg.Error as error:
            said = (error.diag.message_primary or str(error)).splitlines()[0]
            return False, f"{error.sqlstate}: {said}", error.sqlstate or ""
        finally:
            self._connection.execute("rollback to call")
        gone = rewritten(self._log, lost, added, self._rows)
        return bool(gone), "entries went or changed" if gone else "nothing changed", ""

    def _entries(self) -> Counter[str]:
        entries = entries_of_rows(self._catalog, self._log.name)
        found = self._connection.execute(f"select entry::text from ({entries}) l".encode())
        return Counter(text for (text,) in found.fetchall())

    def _held(self) -> list[dict[str, Any]]:
        """Return entries, which lend their values to arguments."""
        found = self._connection.execute(
            f"select to_jsonb(t.*) from {self._log.name} t limit {_SHOWN}".encode()
        )
        return [entry for (entry,) in found.fetchall()]


def _deed(function: Function) -> str:
    return f"{CALL}{function.signature}"
