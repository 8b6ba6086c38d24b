"""What a run must undo on a given server, written into the server itself.

A role without any right, named after the run, holds as its comment the roles that were there before.
It outlives a killed run; the session-level advisory lock of the run does not: a ledger whose lock
nobody holds belongs to a run that is gone, and the next one undoes it.

Runs at the same time share the first one's account of what was there before, and the last one to
leave drops the roles: until then others may be using them.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.providers.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import LiteralString

    from psycopg import Connection
    from psycopg.sql import Composed

_PREFIX = "readiness_run_"


@dataclass(frozen=True, slots=True)
class _Entry:
    run_id: str
    before: frozenset[str]
    live: bool


class Ledger:
    """The account of one run.

    Args:
        admin: A superuser's autocommit connection. The run lasts as long as it does.
        run_id: Names the run.
    """

    def __init__(self, admin: Connection, run_id: str) -> None:
        self._admin = admin
        self._run_id = run_id

    def open(self) -> None:
        """Undo what killed runs left, and write down what is there before this one."""
        self._admin.execute(
            "set idle_session_timeout = 0; set statement_timeout = 0; set lock_timeout = '30s'"
        )
        with self._alone():
            self._admin.execute("select pg_advisory_lock(%s)", [_key(self._run_id)])
            live, dead = self._others()
            for entry in dead:
                self._drop_databases(entry.run_id)
            if dead and not live:
                # A role that something elsewhere depends on is in use there: it stays.
                self._drop_roles(self._roles() - dead[0].before)
            for entry in dead:
                self._admin.execute(_statement("drop role {}", _PREFIX + entry.run_id))
            self._write(live[0].before if live else self._roles())

    def close(self) -> list[str]:
        """Undo what this run did, and return what could not be undone."""
        with self._alone():
            self._drop_databases(self._run_id)
            live, _ = self._others()
            mine = next((entry for entry in self._entries() if entry.run_id == self._run_id), None)
            if mine is None:
                return [f"{_PREFIX}{self._run_id} is gone, which told the roles of this run from older ones"]
            left = [] if live else self._drop_roles(self._roles() - mine.before)
            self._admin.execute(_statement("drop role {}", _PREFIX + self._run_id))
            self._admin.execute("select pg_advisory_unlock(%s)", [_key(self._run_id)])
        return left

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Runs come and go one at a time."""
        self._admin.execute("select pg_advisory_lock(%s)", [_key("")])
        try:
            yield
        finally:
            if not self._admin.broken:
                self._admin.execute("select pg_advisory_unlock(%s)", [_key("")])

    def _others(self) -> tuple[list[_Entry], list[_Entry]]:
        others = [entry for entry in self._entries() if entry.run_id != self._run_id]
        return [entry for entry in others if entry.live], [entry for entry in others if not entry.live]

    def _entries(self) -> list[_Entry]:
        # Advisory locks belong to a database, and runs may have come by another one: all are looked at.
        held = {
            (high << 32 | low)
            for high, low in self._admin.execute(
                "select classid::bigint, objid::bigint from pg_locks"
                " where locktype = 'advisory' and objsubid = 1"
            )
        }
        rows = self._admin.execute(
            "select rolname, shobj_description(oid, 'pg_authid')"
            " from pg_roles where starts_with(rolname, %s)",
            [_PREFIX],
        )
        return [
            _Entry(run_id, _read(role, comment), _key(run_id) % 2**64 in held)
            for role, comment in rows
            for run_id in [role.removeprefix(_PREFIX)]
        ]

    def _roles(self) -> frozenset[str]:
        """Return the roles of people and systems: no predefined ones, no ledgers."""
        rows = self._admin.execute(
            "select rolname from pg_roles"
            " where not starts_with(rolname, 'pg_') and not starts_with(rolname, %s)",
            [_PREFIX],
        )
        return frozenset(role for (role,) in rows)

    def _write(self, before: frozenset[str]) -> None:
        role = _PREFIX + self._run_id
        with self._admin.transaction():
            self._admin.execute(_statement("create role {}", role))
            self._admin.execute(_statement("comment on role {} is {}", role, text=json.dumps(sorted(before))))

    def _drop_databases(self, run_id: str) -> None:
        rows = self._admin.execute(
            "select datname, datistemplate from pg_database where starts_with(datname, %s)",
            [f"readiness_{run_id}_"],
        ).fetchall()
        for name, is_template in rows:
            if is_template:
                self._admin.execute(_statement("alter database {} is_template false", name))
            self._admin.execute(_statement("drop database {} with (force)", name))

    def _drop_roles(self, roles: frozenset[str]) -> list[str]:
        """Drop them, those that others depend on last; return why the rest could not be dropped."""
        import psycopg

        while roles:
            refused: dict[str, str] = {}
            for role in sorted(roles):
                self._revoke_parameters(role)
                try:
                    self._admin.execute(_statement("drop role {}", role))
                except psycopg.errors.DependentObjectsStillExist as error:
                    refused[role] = str(error)
            if len(refused) == len(roles):
                return list(refused.values())
            roles = frozenset(refused)
        return []

    def _revoke_parameters(self, role: str) -> None:
        """Take back what a role may set: the one privilege that outlives the run's databases."""
        from psycopg import sql

        rows = self._admin.execute(
            "select parname from pg_parameter_acl, aclexplode(paracl)"
            " where grantee = (select oid from pg_roles where rolname = %s) group by parname",
            [role],
        ).fetchall()
        for (parameter,) in rows:
            statement = sql.SQL("revoke all on parameter {} from {}")
            names = sql.Identifier(*parameter.split(".")), sql.Identifier(role)
            self._admin.execute(statement.format(*names))


def _key(run_id: str) -> int:
    """Return the run's advisory lock; that of coming and going for no run."""
    digest = hashlib.sha256(f"pytest-readiness run {run_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _statement(template: LiteralString, name: str, text: str | None = None) -> Composed:
    from psycopg import sql

    values = [sql.Identifier(name)] + ([] if text is None else [sql.Literal(text)])
    return sql.SQL(template).format(*values)


def _read(role: str, comment: str | None) -> frozenset[str]:
    try:
        before = json.loads(comment or "")
    except ValueError:
        before = None
    if isinstance(before, list) and all(isinstance(name, str) for name in before):
        return frozenset(before)
    raise ProviderError(
        "the given PostgreSQL server",
        f'the comment of the role "{role}" does not tell which roles were there before its run',
        "drop that role, and by hand what its run left",
    )
