"""What the server tells of others beside their rows: their statements, and values in statistics."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Runner
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import value_for
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.judges.sql.memberships import above
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.judges.sql.texts import Texts
    from pytest_readiness.target.identities import Identity

_ACTIVITY = re.compile(r"\bpg_stat_(?:activity|get_activity|get_backend_activity)\b", re.IGNORECASE)
_STATISTICS = re.compile(r"\bpg_stats(?:_ext\w*)?\b|\bpg_statistic\w*\b", re.IGNORECASE)
_PARTS = {
    "schema": re.compile(r"schema|namespace|nsp", re.IGNORECASE),
    "column": re.compile(r"col|att|field", re.IGNORECASE),
    "table": re.compile(r"tab|rel|entity|source|from", re.IGNORECASE),
}
_ASKED = 24
"""Columns that a function is asked for."""

_SAID = 20
"""Texts of hers in a statement: the server shows about a thousand characters of one."""

_RUNNING_S = 60
_POLLS, _POLL_S = 50, 0.01
_SLOTS, _MOST = 100, 300
"""The server keeps so many of the commonest values; one in as many rows is among them."""


def observes(texts: Texts, said: Iterable[str]) -> bool:
    """Whether SQL, or what it calls, looks at sessions or statistics of the server."""
    return bool(_looks(texts, said, _ACTIVITY) or _looks(texts, said, _STATISTICS))


def observed(field: Field, said: Iterable[str]) -> Iterator[Observed]:
    """Yield fields for what looks there: each value of hers is once in statistics, and then more often.

    What is common is told apart from the others, so that either may be what comes out.
    """
    looking = tuple(said)
    yield Observed(field, looking)
    if _looks(field.texts, looking, _STATISTICS):
        yield Observed(field, looking, repeated=True)


def _looks(texts: Texts, said: Iterable[str], at: re.Pattern[str]) -> bool:
    first = list(said)
    every = (*first, *(function.body for function in texts.called(first)))
    return any(at.search(plain(text)) for text in every)


class Observed(Field):
    """A field with something to see beside rows: alice has sessions, and statistics have values of hers.

    Args:
        field: The same without.
        said: What looks there.
        repeated: Whether values of hers are in several rows while the server counts.
    """

    def __init__(self, field: Field, said: Iterable[str], *, repeated: bool = False) -> None:
        super().__init__(field.target, field.catalog, field.owners, field.population)
        self._said = tuple(said)
        self._repeated = repeated
        self._staged: dict[str, tuple[str, ...]] = {}
        self._spoken: tuple[str, ...] = ()

    @cached_property
    def runner(self) -> Runner:
        """Connect to a copy of its own, in which the rows are as everywhere."""
        connection = self.target.database(like=self.population.database)
        found = Runner(connection)
        if _looks(self.texts, self._said, _STATISTICS):
            self._staged = dict(self._counted(connection))
        if _looks(self.texts, self._said, _ACTIVITY):
            self._spoken = self._speak(connection)
        for relation in self.catalog.relations:
            if relation.kind == "materialized view" and observes(self.texts, [relation.view]):
                with suppress(psycopg.Error):
                    connection.execute(f"refresh materialized view {relation.name}".encode())
        return found

    def setup(
        self, relation: str, staged: Collection[str], people: Iterable[Person] = (ALICE, BOB)
    ) -> tuple[str, ...]:
        """Return what brings about the rows, and what is told of them beside."""
        near = {relation, *staged} & self._staged.keys()
        counted = [line for name in sorted(near or self._staged) for line in self._staged[name]]
        return (*self._spoken, *super().setup(relation, staged, people), *counted)

    def asking(self, function: Function) -> list[tuple[str, ...]]:
        """Return calls that ask for a column with texts of hers by its name, and by that of its table."""
        parts = [_part(argument) for argument in function.arguments]
        if "column" not in parts:
            return []
        own = next(iter(self.arguments.own(function)))
        return [
            tuple(
                f"{literal(said[part])}::{argument.declared}" if part else mine
                for part, argument, mine in zip(parts, function.arguments, own, strict=True)
            )
            for said in islice(self._columns(), _ASKED)
        ]

    def _columns(self) -> Iterator[dict[str, str]]:
        """Yield the names of columns with texts of hers."""
        for relation in self.catalog.relations:
            row = self.population.row(relation.name, ALICE.name)
            for column in relation.columns:
                if row and "canary-" in (row.texts.get(column.name) or ""):
                    yield {"schema": relation.schema, "table": relation.table, "column": column.name}

    def _counted(self, connection: psycopg.Connection) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Let the server count, with more rows like hers if they are wanted, and take those away again."""
        for relation in self.catalog.relations:
            if relation.kind not in TABLE_KINDS or not self.population.row(relation.name, ALICE.name):
                continue
            count, copies = f"analyze {relation.name}", []
            if self._repeated:
                copies = list(self._copies(relation, _rows_in(connection, relation)))
            try:
                with connection.transaction():
                    made = [self._made(connection, copy) for copy in copies]
                    connection.execute(count.encode())
                    connection.execute(QUIETLY)
                    for row in filter(None, made):
                        delete = f"delete from {relation.name} where tableoid = %s and ctid = %s::tid"
                        connection.execute(delete.encode(), row)
                    connection.execute(AS_EVER)
            except psycopg.Error:
                copies = []  # it stays counted as it was
            first = (f"{QUIETLY};", f"{copies[0]};", f"{AS_EVER};") if copies else ()
            yield relation.name, (*first, f"{count};")

    def _made(self, connection: psycopg.Connection, insert: str) -> tuple[object, ...] | None:
        """Put a row there that no trigger sees, and return where it is."""
        connection.execute(QUIETLY)
        row = connection.execute(f"{insert} returning tableoid, ctid::text".encode()).fetchone()
        connection.execute(AS_EVER)
        return row

    def _copies(self, relation: Relation, rows: int) -> Iterator[str]:
        """Yield rows like alice's, but for what no two rows have alike; among many, enough to be common."""
        row, model = self.population.row(relation.name, ALICE.name), Forger(self).model(relation, ALICE)
        if row is None or model is None:
            return
        fresh = [c for c in relation.columns if c.name in model and model[c.name] != row.texts.get(c.name)]
        for number in range(min(rows // _SLOTS + 1, _MOST)):
            other: Values = {c.name: value_for(c, relation.name, "again", number, c.name) for c in fresh}
            yield insert_sql(relation, model | (other if number else {}))

    def _speak(self, connection: psycopg.Connection) -> tuple[str, ...]:
        """Run statements of hers in two sessions: one goes on, the other has left its transaction open."""
        hers = self.recognition.canaries_of_others("\n".join(self.population.canaries(ALICE.name)), BOB)
        said = f"select {', '.join(map(literal, hers[:_SAID]))}"
        become = self._alice.becoming
        for login in self._logins() if hers else ():
            with suppress(psycopg.Error):
                idle, busy = (self._session(connection.info.dbname, login, become) for _ in range(2))
                idle.execute(said.encode())
                busy.pgconn.send_query(f"{said}, pg_sleep({_RUNNING_S})".encode())
                self.target.end_with(busy.cancel)
                _until_it_runs(connection, busy.info.backend_pid)
                where = f"as {login}" if login else "as the login role"
                lines = "\n".join(f"{step};" for step in ("begin", *become, said)).splitlines()
                return (
                    f"-- before, in another session {where} that stays open:",
                    *(f"-- {line}" for line in lines),
                )
        return ()

    def _session(self, name: str, login: str, become: Iterable[str]) -> psycopg.Connection:
        """Open a session in which alice has begun a transaction."""
        connection = self.target.login(login, name) if login else self.target.database(name)
        self.target.end_with(connection.close)
        for statement in ("begin", *become):
            connection.execute(statement.encode())
        return connection

    def _logins(self) -> Iterator[str]:
        """Yield what her sessions may have logged in as: by that the server tells who may see them."""
        alice = self._alice
        known = {role.name for role in self.catalog.roles if role.login}
        if alice.member:
            yield alice.login
            return
        yield from dict.fromkeys(name for name in (alice.login, alice.role) if name in known)
        for name in sorted(known):
            if alice.role in above(name, self.catalog.roles):
                yield name
        yield ""

    @cached_property
    def _alice(self) -> Identity:
        return self.cast.user(ALICE)


def _rows_in(connection: psycopg.Connection, relation: Relation) -> int:
    rows = "select greatest(reltuples, 0)::bigint from pg_catalog.pg_class where oid = %s::regclass"
    found = connection.execute(rows, (relation.name,)).fetchone()
    return int(found[0]) if found else 0


def _part(argument: Argument) -> str:
    """Return of what an argument takes the name: of a schema, a table or a column."""
    return next((part for part, called in _PARTS.items() if called.search(argument.name)), "")


def _until_it_runs(connection: psycopg.Connection, pid: int) -> None:
    active = "select state = 'active' from pg_catalog.pg_stat_activity where pid = %s"
    for _ in range(_POLLS):
        if connection.execute(active, (pid,)).fetchone() == (True,):
            return
        time.sleep(_POLL_S)
