"""Calls, as clients, functions that write what they are told, and tells them of changes that never were."""

from __future__ import annotations

import json
from functools import cached_property
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import Attempt, value
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.trail.altering import came_to_it
from pytest_readiness.gather.trail.diversions import script
from pytest_readiness.gather.trail.givens import call_of, choices_of
from pytest_readiness.gather.trail.ground import documents_in
from pytest_readiness.gather.trail.writer import batch, difference
from pytest_readiness.judges.audit.audit_log import changes, fills
from pytest_readiness.judges.sql.inserted import keys_told, told_by
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.judges.sql.texts import texts_of
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    import re
    from collections import Counter
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.audit import Log
    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.trail.ground import LogGround
    from pytest_readiness.target.identities import Identity

_DOCUMENTS = {"json", "jsonb"}
_TOLD = 3
"""How many entries are told again."""


class Inventing:
    """Calls for one log, in a transaction that the caller rolls back.

    An entry that a call leaves is invented where it has the verb, table and row of a change that was recorded
    and no table that the log tells of has changed.

    Args:
        ground: The log, with an entry at least.
        log: How it is written.
    """

    def __init__(self, ground: LogGround, log: Log) -> None:
        self._ground = ground
        self._log = log
        callers = (ground.people.user(BOB), ground.people.anonymous())
        self._callers = [caller for caller in callers if caller]
        self._known: dict[str, Counter[str]] = {}

    def all(self) -> Iterator[Attempt]:
        """Yield for each function its first invention; else, where it is there to tell, what came of it."""
        texts, log = texts_of(self._ground.catalog), self._ground.log
        for function in self._ground.catalog.functions:
            runs = function.kind in {"function", "procedure"} and function.volatility == "volatile"
            callers = [caller for caller in self._callers if caller.role in function.callers]
            may = runs and callers and function.arguments and function.returns != "trigger"
            if may and log.name in texts.function_reach(function) and self._tells(function):
                held = [json.loads(text) for text in islice(self._entries, _TOLD)]
                ways = product(callers, held, (False, True) if _takes_documents(function) else (False,))
                yield from self._worst(function, (self._invented(function, *way) for way in ways))

    def _tells(self, function: Function) -> bool:
        """Whether an argument has a column of the log to tell, or may hold a whole entry."""
        return _takes_documents(function) or any(told_by(function, self._ground.log))

    def _worst(self, function: Function, tried: Iterable[Attempt]) -> Iterator[Attempt]:
        """Yield what was done; what was not only of a function that fills the log and changes nothing else.

        Who changes a table leaves an entry by it, and may want arguments that nobody here knows.
        """
        found, log = list(tried), self._ground.log
        alone = fills((plain(function.body),), log, log) and not any(self._changed_by(function))
        came = [one for one in found if one.done or alone]
        yield from islice(sorted(came, key=lambda one: (not one.done, not one.tried)), 1)

    def _invented(
        self,
        function: Function,
        caller: Identity,
        entry: dict[str, Any],
        whole: bool,  # noqa: FBT001  one of the ways that are combined
    ) -> Attempt:
        """Return what came of a call; it is done where an entry tells the same and no table has changed."""
        sql, connection = self._call(function, entry, whole=whole), self._ground.connection
        said, state, done = "it left no entry like the one that it was told", "", False
        watched = self._watched(function)
        connection.execute("savepoint inventing")
        try:
            connection.execute(batch(sql, caller).encode())
            _, added = difference(self._entries, documents_in(connection, self._ground.log.name))
            stays = all(documents_in(connection, name) == rows for name, rows in watched.items())
            done = stays and any(self._alike(one, entry) for one in added)
        except psycopg.Error as error:
            state = error.sqlstate or ""
            said = f"{state}: {(error.diag.message_primary or str(error)).splitlines()[0]}"
        finally:
            connection.execute("rollback to inventing")
        deed = f"INSERT by a call of {function.signature}"
        said = "an entry tells of a change that never was" if done else said
        shown = script(sql, caller)
        return Attempt(deed, caller.name, done, said, shown, client=True, tried=came_to_it(state))

    def _call(self, function: Function, entry: dict[str, Any], *, whole: bool) -> str:
        """Return a call that tells what an entry tells, documents the whole of it or their column."""
        log, given = self._ground.log, []
        keys = {key: entry.get(column) for key, column in keys_told(function, log).items()}
        choices = choices_of(function, [entry])
        for argument, column, others in zip(function.arguments, told_by(function, log), choices, strict=True):
            held = entry.get(column)
            if whole and argument.type in _DOCUMENTS:
                held = entry | keys
            text = held if isinstance(held, str) else json.dumps(held, default=str)
            given.append(others[0] if held is None else f"{literal(text)}::{argument.declared}")
        return call_of(function, ", ".join(given))

    def _alike(self, entry: dict[str, Any], told: dict[str, Any]) -> bool:
        columns = self._log.columns
        names = [name for name in (columns.operation, columns.table, columns.row) if name]
        return len(names) > 1 and all(value(entry, name) == value(told, name) for name in names)

    @cached_property
    def _entries(self) -> Counter[str]:
        """The entries, which every call finds as they are: all of it is taken back."""
        return documents_in(self._ground.connection, self._ground.log.name)

    def _watched(self, function: Function) -> dict[str, Counter[str]]:
        """Return the rows of the tables that the log tells of, and of those that a function writes to.

        Every call finds them as they are: all of it is taken back.
        """
        for name in (*(one.name for one in self._ground.audited), *self._changed_by(function)):
            if name not in self._known:
                self._known[name] = documents_in(self._ground.connection, name)
        return self._known

    def _changed_by(self, function: Function) -> Iterator[str]:
        """Yield the other tables that the body of a function writes to."""
        text = plain(function.body)
        return (name for name, writes in self._others.items() if writes.search(text))

    @cached_property
    def _others(self) -> dict[str, re.Pattern[str]]:
        tables = (one for one in self._ground.catalog.relations if one.kind in TABLE_KINDS)
        return {one.name: changes(one) for one in tables if one.name != self._ground.log.name}


def _takes_documents(function: Function) -> bool:
    return any(argument.type in _DOCUMENTS for argument in function.arguments)
