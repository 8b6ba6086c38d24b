"""Keeps entries from an audit log: diverts them, switches recording off, and has writes refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.writer import Writer, batch, expressions, settings_read
from pytest_readiness.judges.audit.log_attacks import DIVERTED, REFUSED_CALL
from pytest_readiness.judges.sql.lexis import plain, word
from pytest_readiness.target.quoting import identifier, literal, set_local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.gather.trail.ground import LogGround
    from pytest_readiness.target.identities import Identity

SWITCHES = ("on", "true", "1")
_ARGUMENTS = {
    "boolean": "true",
    "interval": "interval '-1000 years'",
    "date": "date 'tomorrow'",
    "timestamp with time zone": "now() + interval '1000 years'",
    "timestamp without time zone": "localtimestamp + interval '1000 years'",
    "jsonb": "'{}'::jsonb",
    "json": "'{}'::json",
}
_REASONS = frozenset({"P0001", "23514", "22003"})
"""SQLSTATEs by which a function refuses what it was asked for."""

_NUMBERS = {"smallint", "integer", "bigint", "numeric", "real", "double precision"}


class Diversions:
    """Attempts on what reaches a log, in a transaction that the caller rolls back.

    Args:
        ground: The log.
    """

    def __init__(self, ground: LogGround) -> None:
        self.ground = ground
        self._changes: dict[tuple[str, str], str] = {}

    def all(self) -> Iterator[Attempt]:
        """Yield what came of each attempt."""
        yield from self._diverts()
        yield from self._switches()
        yield from self._refusals()

    def _refusals(self) -> Iterator[Attempt]:
        """Call, as the end user, functions that write to audited tables, until one refuses for a reason."""
        alice = self.ground.people.user(ALICE)
        if alice is None:
            return
        tables = "|".join(re.escape(word(relation.table)) for relation in self.ground.audited)
        writes = re.compile(
            rf"\b(?:insert\s+into|update|delete\s+from)\s+(?:\w+\s*\.\s*)?(?:{tables})\b", re.IGNORECASE
        )
        for function in self.ground.catalog.functions:
            if (
                alice.role not in function.callers
                or function.kind != "function"
                or function.returns == "trigger"
            ):
                continue
            if not tables or not writes.search(plain(function.body)):
                continue
            sql = f"select {function.name}({', '.join(arguments(function, '1000'))})"
            before = self.ground.count()
            self.ground.connection.execute("savepoint attempt")
            try:
                self.ground.connection.execute(batch(sql, alice).encode())
                told, said, state = self.ground.count() > before, "it went through", ""
            except psycopg.Error as error:
                told, said, state = False, str(error.diag.message_primary), str(error.sqlstate)
            self.ground.connection.execute("rollback to attempt")
            if state in _REASONS or (told and not state):
                deed = f"{REFUSED_CALL}{function.signature}"
                said = f"{function.signature} raised {said!r}"
                yield Attempt(deed, alice.name, not told, said, script(sql, alice), client=True)

    def _diverts(self) -> Iterator[Attempt]:
        """Write while a table of the session has the log's name: the entry has to reach the log."""
        table = identifier(self.ground.log.table)
        columns = ", ".join(f"{column.quoted} {column.type}" for column in self.ground.log.columns)
        decoy = f"create temp table {table} ({columns});\ngrant all on pg_temp.{table} to public;"
        decoy += "\ndiscard plans;"  # a session that has not written before looks for the log now
        yield from self._lost(decoy, "a temporary table with the log's name", self._writers())

    def _switches(self) -> Iterator[Attempt]:
        """Write after each setting that the recording function asks for, made as anybody may make it."""
        catalog = self.ground.catalog
        settings = {name for relation in self.ground.audited for name in settings_read(catalog, relation)}
        for name in sorted(settings):
            for value in SWITCHES:
                before = set_local(name, value)
                yield from self._lost(before, f"{name} = {value}", self._writers())
        yield from self._lost(
            "set local session_replication_role = replica;", "session_replication_role", self._writers()
        )

    def _writers(self) -> Iterator[tuple[Identity, bool]]:
        alice = self.ground.people.user(ALICE)
        if alice is not None:
            yield alice, True
        service = self.ground.people.service()
        if alice is None or service.role != alice.role:
            yield service, False

    def _lost(self, before: str, what: str, actors: Iterator[tuple[Identity, bool]]) -> Iterator[Attempt]:
        """Tell whether what was done before a write keeps the entry from the log."""
        for actor, client in actors:
            for relation in self.ground.audited:
                found = self._first_change(relation, actor)
                if not found:
                    continue
                sql, writer = found
                done = writer.run(sql, actor, before=before, keep=False)
                lost = not done.sqlstate and bool(done.gone) and not done.entries
                said = (
                    f"a change of {relation.name} left no entry"
                    if lost
                    else done.message or "it was recorded"
                )
                yield Attempt(
                    f"{DIVERTED}{what}",
                    actor.name,
                    lost,
                    said,
                    script(f"{before}\n{sql}", actor),
                    client=client,
                )
                break

    def _first_change(self, relation: Relation, actor: Identity) -> tuple[str, Writer] | None:
        """Return a change of alice's row that the actor may make and that is recorded."""
        key = (relation.name, actor.name)
        writer = Writer(self.ground.connection, self.ground.log.name, self.ground.maker, relation)
        if key in self._changes:
            sql = self._changes[key]
            return (sql, writer) if sql else None
        self._changes[key] = ""
        if actor.role in self.ground.catalog.clients:
            held = relation.privileges.get(actor.role)
            if not held or not held.update:
                return None
        try:
            row = self.ground.maker.make(relation, ALICE)
        except CannotFillError:
            return None
        for column in relation.columns:
            if not column.writable or column.name in relation.primary_key:
                continue
            for expression in list(expressions(column))[:2]:
                sql = f"update {relation.name} set {column.quoted} = {expression} where {row.where}"
                if writer.run(sql, actor, keep=False).entries:
                    self._changes[key] = sql
                    return sql, writer
        return None


def script(sql: str, actor: Identity | None) -> str:
    """Return what a person pastes, as superuser, into a copy of the target."""
    become = [actor.script()] if actor else []
    return "\n".join(["begin;", *become, f"{sql};", "rollback;"])


def arguments(function: Function, number: str = "0") -> Iterator[str]:
    """Yield an argument for each that a function asks for."""
    for argument in function.arguments[: len(function.arguments) - function.defaults]:
        yield argument_of(argument, number)


def argument_of(argument: Argument, number: str) -> str:
    """Return a value for an argument."""
    if is_number(argument):
        return f"{number}::{argument.declared}"
    if argument.type == "uuid":
        return f"{literal(ALICE.uuid)}::uuid"
    return _ARGUMENTS.get(argument.type, f"''::{argument.declared}")


def is_number(argument: Argument) -> bool:
    """Whether an argument is a number."""
    return argument.type in _NUMBERS
