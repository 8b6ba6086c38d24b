"""What lets a booking fail for a time, in a copy of the database: a write that is refused, or no database."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_POLL, _ENDED_WITHIN = 0.01, 2.0
# Which tables a query reads is seen on its locks, within functions and views too.
_READ = """
    select distinct format('%I.%I', nspname, relname)
    from pg_locks l join pg_class c on c.oid = relation join pg_namespace n on n.oid = relnamespace
    where pid = pg_backend_pid() and locktype = 'relation' and relkind = 'r' and relpersistence <> 't'
      and database = (select oid from pg_database where datname = current_database())
      and nspname !~ '^(pg_|information_schema$)'
"""
_PREPARE = """
    set local lock_timeout = '5s';
    set local session_replication_role = replica;
    create schema readiness_obstacle;
    create sequence readiness_obstacle.hits;
"""
# A full disk says nothing of the message, so that nobody may give up on it, and is over some time.
_FUNCTION = """
    create or replace function readiness_obstacle.{when}() returns trigger language plpgsql
    security definer set search_path = pg_catalog as $$
    begin {body}
        if tg_op = 'DELETE' then return old; end if;
        return new;
    end $$
"""
_FULL = """
    perform nextval('readiness_obstacle.hits');
    raise 'could not extend file: No space left on device' using errcode = '53100';
"""
_TRIGGERS = """
    create trigger readiness_obstacle_row before insert or update or delete on {table}
    for each row execute function readiness_obstacle.row();
    create constraint trigger readiness_obstacle_commit after insert or update or delete on {table}
    deferrable initially deferred for each row execute function readiness_obstacle.commit();
"""
_REMOVE = "set local lock_timeout = '5s'; drop schema readiness_obstacle cascade"
_HITS = "select case when is_called then last_value else 0 end from readiness_obstacle.hits"
_OTHERS = """
    select pid, pg_terminate_backend(pid) from pg_stat_activity
    where datname = %s and pid <> %s and backend_type = 'client backend'
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Writes to some tables fail, or the COMMIT after them, as on a disk that is full."""

    what: str
    connection: psycopg.Connection
    when: str

    @contextmanager
    def standing(self) -> Iterator[int]:
        """Refuse writes within a block; lend how many sessions are broken."""
        self.connection.execute(_FUNCTION.format(when=self.when, body=_FULL).encode())
        try:
            yield 0
        finally:
            # Dropping a trigger waits for sessions that a failure has left in their transactions.
            self.connection.execute(_FUNCTION.format(when=self.when, body="").encode())

    def hits(self) -> int | None:
        """Return how many writes were refused so far: a sequence is not taken back with them."""
        row = self.connection.execute(_HITS.encode()).fetchone()
        return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class Absence:
    """All sessions end, and none begin.

    Attributes:
        admin: How to connect to another database, since nobody may close the one that he is in.
        kept: The connection that stays.
    """

    admin: str
    kept: psycopg.Connection
    what: str = "the database ends all sessions and takes no new ones"

    @contextmanager
    def standing(self) -> Iterator[int]:
        """Be away within a block; lend how many sessions are broken."""
        import psycopg

        with psycopg.connect(self.admin, autocommit=True) as admin:
            self._allow(admin, "false")
            try:
                yield self._end_others(admin)
            finally:
                self._allow(admin, "true")

    def hits(self) -> int | None:
        """Say that nothing tells who was turned away."""
        return None

    def _allow(self, admin: psycopg.Connection, whether: str) -> None:
        from psycopg import sql

        name = sql.Identifier(self.kept.info.dbname)
        admin.execute(sql.SQL("alter database {} with allow_connections {}").format(name, sql.SQL(whether)))

    def _end_others(self, admin: psycopg.Connection) -> int:
        """End sessions until none is left, and count them: one may have begun just before."""
        until, ended = time.perf_counter() + _ENDED_WITHIN, set[int]()
        ours = self.kept.info.dbname, self.kept.info.backend_pid
        while time.perf_counter() < until:
            left = {int(row[0]) for row in admin.execute(_OTHERS.encode(), ours)}
            if not left:
                break
            ended |= left
            time.sleep(_POLL)
        return len(ended)


Obstacle = Refusal | Absence


def refusals(connection: psycopg.Connection, effect: str) -> tuple[list[Refusal], str]:
    """Prepare that writes to what the effect shows are refused; say why where they cannot be."""
    import psycopg

    try:
        with connection.transaction():
            connection.execute(effect.encode())
            tables = [row[0] for row in connection.execute(_READ.encode())]
            if not tables:
                return [], "`effect` reads no table, so that nothing can be in the way of its rows"
            connection.execute(_PREPARE.encode())
            for when in ("row", "commit"):
                connection.execute(_FUNCTION.format(when=when, body="").encode())
            for table in tables:
                connection.execute(_TRIGGERS.format(table=table).encode())
    except psycopg.Error as error:
        return [], f"no trigger can be put on the tables of `effect`: {str(error).splitlines()[0]}"
    names = ", ".join(sorted(tables))
    return [
        Refusal(f"writes to {names} are refused (disk full)", connection, "row"),
        Refusal(f"the COMMIT of writes to {names} is refused (disk full)", connection, "commit"),
    ], ""


def removed(connection: psycopg.Connection) -> None:
    """Take all of that away; where a session holds a table, what is left refuses nothing."""
    import psycopg

    with suppress(psycopg.Error), connection.transaction():
        connection.execute(_REMOVE.encode())
