"""Calls, as clients, functions that write what they are told, and tells them of changes that never were."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import Attempt, value
from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.trail.diversions import script
from pytest_readiness.gather.trail.givens import choices_of
from pytest_readiness.gather.trail.ground import documents_in
from pytest_readiness.gather.trail.writer import batch, difference
from pytest_readiness.judges.inserted import told_by
from pytest_readiness.judges.texts import texts_of
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.audit import Log
    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.trail.ground import LogGround
    from pytest_readiness.target.identities import Identity

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

    def all(self) -> Iterator[Attempt]:
        """Yield the first invention of each function."""
        texts = texts_of(self._ground.catalog)
        held = [json.loads(text) for text in islice(self._entries(), _TOLD)]
        for function in self._ground.catalog.functions:
            runs = function.kind in {"function", "procedure"} and function.volatility == "volatile"
            callers = [caller for caller in self._callers if caller.role in function.callers]
            may = runs and callers and function.arguments and function.returns != "trigger"
            if may and self._ground.log.name in texts.function_reach(function):
                found = (self._invented(function, caller, entry) for caller in callers for entry in held)
                yield from islice((attempt for attempt in found if attempt), 1)

    def _invented(self, function: Function, caller: Identity, entry: dict[str, Any]) -> Attempt | None:
        told = told_by(function, self._ground.log)
        if not any(told):
            return None
        sql = _call(function, told, entry)
        if not self._leaves(sql, caller, entry):
            return None
        deed, said = f"INSERT by a call of {function.signature}", "an entry tells of a change that never was"
        return Attempt(deed, caller.name, done=True, detail=said, sql=script(sql, caller), client=True)

    def _leaves(self, sql: str, caller: Identity, told: dict[str, Any]) -> bool:
        """Whether a call leaves an entry like the one that it tells, and changes no audited table."""
        connection = self._ground.connection
        connection.execute("savepoint inventing")
        rows, entries = self._audited(), self._entries()
        try:
            connection.execute(batch(sql, caller).encode())
            _, added = difference(entries, self._entries())
            return any(self._alike(entry, told) for entry in added) and self._audited() == rows
        except psycopg.Error:
            return False
        finally:
            connection.execute("rollback to inventing")

    def _alike(self, entry: dict[str, Any], told: dict[str, Any]) -> bool:
        columns = self._log.columns
        names = [name for name in (columns.operation, columns.table, columns.row) if name]
        return len(names) > 1 and all(value(entry, name) == value(told, name) for name in names)

    def _entries(self) -> Counter[str]:
        return documents_in(self._ground.connection, self._ground.log.name)

    def _audited(self) -> list[Counter[str]]:
        return [documents_in(self._ground.connection, one.name) for one in self._ground.audited]


def _call(function: Function, told: Sequence[str], entry: dict[str, Any]) -> str:
    """Return a call that tells what an entry tells."""
    given = []
    choices = choices_of(function, [entry])
    for argument, column, others in zip(function.arguments, told, choices, strict=True):
        held = entry.get(column)
        text = held if isinstance(held, str) else json.dumps(held, default=str)
        given.append(others[0] if held is None else f"{literal(text)}::{argument.declared}")
    verb = "call" if function.kind == "procedure" else "select"
    return f"{verb} {function.name}({', '.join(given)})"
