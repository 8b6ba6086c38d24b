"""Holds sessions before a statement of a function: each waits for a lock on the number of its step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg
from psycopg.pq import ExecStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg.errors import Diagnostic

MOST_SESSIONS = 4
SESSION = "readiness.session"
"""Setting by which a session says its number; whoever has none is not held, and ``seen`` only tells."""

_FIRST_KEY = 735_000_000
_UNLOGGED = 150_000
_TOLD = re.compile(r"readiness_step (?P<place>\d+) (?P<step>\d+)")
_INSTALL = f"""
create schema readiness_step;
grant usage on schema readiness_step to public;
{{sequences}}
grant usage on all sequences in schema readiness_step to public;
create function readiness_step.pass(place int) returns boolean language plpgsql as $step$
begin
    if coalesce(pg_catalog.current_setting('{SESSION}', true), '') <> '' then
        raise info 'readiness_step % 0', place;
    end if;
    return false;
end $step$;
create function readiness_step.stop(place int) returns boolean language plpgsql
set lock_timeout = 0 as $step$
declare
    me text := pg_catalog.current_setting('{SESSION}', true);
    step int;
begin
    if coalesce(me, '') = '' then
        return false;
    end if;
    if me = 'seen' or pg_catalog.current_setting('transaction_read_only') = 'on' then
        raise info 'readiness_step % 0', place;
        return false;
    end if;
    -- A sequence counts on where a block is rolled back.
    step := pg_catalog.nextval('readiness_step.taken_' || me);
    raise info 'readiness_step % %', place, step;
    perform pg_catalog.pg_advisory_lock_shared({_FIRST_KEY} + me::int, step);
    perform pg_catalog.pg_advisory_unlock_shared({_FIRST_KEY} + me::int, step);
    return false;
end $step$;
grant execute on all functions in schema readiness_step to public;
"""
_RESET = ", ".join(f"setval('readiness_step.taken_{n}', 1, false)" for n in range(MOST_SESSIONS))


def install(connection: psycopg.Connection) -> None:
    """Make what instrumented functions call."""
    # An unlogged sequence gives no number to a transaction that has not written anything.
    kind = "unlogged sequence" if connection.info.server_version >= _UNLOGGED else "sequence"
    sequences = " ".join(f"create {kind} readiness_step.taken_{n};" for n in range(MOST_SESSIONS))
    connection.execute(_INSTALL.replace("{sequences}", sequences).encode())


class Halts:
    """The scheduler's side, worked from a connection of its own.

    Args:
        connection: Of a superuser, in autocommit mode.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._pgconn = connection.pgconn
        self._pgconn.prepare(b"reset", f"select pg_advisory_unlock_all(), {_RESET}".encode())
        for name in ("lock", "unlock"):
            statement = f"select pg_advisory_{name}({_FIRST_KEY} + $1::int, $2::int)"
            self._pgconn.prepare(name.encode(), statement.encode())

    def reset(self) -> None:
        """Hold nobody, and let all sessions count from one."""
        self._run(b"reset")

    def hold(self, session: int, step: int) -> None:
        """Let a session go no further than before this step."""
        self._run(b"lock", session, step)

    def release(self, session: int, step: int) -> None:
        """Let it take that step."""
        self._run(b"unlock", session, step)

    def _run(self, name: bytes, *values: int) -> None:
        result = self._pgconn.exec_prepared(name, [str(value).encode() for value in values])
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError(result.error_message.decode(errors="replace"))


def listener(take: Callable[[int, int], None]) -> Callable[[Diagnostic], None]:
    """Return a handler of notices that passes on the number of a place, and that of the step or 0."""

    def heard(notice: Diagnostic) -> None:
        found = _TOLD.fullmatch(notice.message_primary or "")
        if found:
            take(int(found["place"]), int(found["step"]))

    return heard
