"""Holds transactions of a service at COMMIT, in a copy of its database, whatever it is written in.

A deferred trigger fires when the transaction that changed a row commits. Nothing is installed in the
service, and what is held is seen, let go or ended from another connection.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.backends import end
from pytest_readiness.gather.wallet.teller import WalletError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import psycopg

ARMED, HELD, RELEASED, _TRANSACTIONS = 734_501, 1_000_000_000, 1_100_000_000, 100_000_000
"""First keys of the advisory locks: the gate is closed; a transaction is at it; a transaction may go.

The latter two count on by the number of the transaction: the next one of the same backend is another.
"""

_POLL_S = 0.001
_ENDS_WITHIN_S = 5.0
_INSTALL = f"""
create schema readiness_gate;
grant usage on schema readiness_gate to public;
create function readiness_gate.hold() returns trigger language plpgsql set search_path = '' as $gate$
declare
    me int := pg_backend_pid();
    it int := (pg_current_xact_id()::text::bigint % {_TRANSACTIONS})::int;
begin
    if current_setting('readiness.held', true) = pg_current_xact_id()::text then return null; end if;
    perform set_config('readiness.held', pg_current_xact_id()::text, true);
    if pg_try_advisory_lock_shared({ARMED}, 0) then
        perform pg_advisory_unlock_shared({ARMED}, 0);
        return null;
    end if;
    perform pg_advisory_lock_shared({HELD} + it, me);
    loop
        if pg_try_advisory_lock_shared({ARMED}, 0) then
            perform pg_advisory_unlock_shared({ARMED}, 0);
            exit;
        end if;
        exit when not pg_try_advisory_lock_shared({RELEASED} + it, me);
        perform pg_advisory_unlock_shared({RELEASED} + it, me);
        perform pg_sleep(0.001);
    end loop;
    perform pg_advisory_unlock_shared({HELD} + it, me);
    return null;
end $gate$;
do $gate$
declare t text;
begin
    for t in
        select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and not c.relispartition
          and n.nspname not in ('pg_catalog', 'information_schema', 'readiness_gate') and n.nspname !~ '^pg_'
          and not lower(c.relname) = any(string_to_array(current_setting('readiness.beside'), ' '))
    loop
        execute format('create constraint trigger zz_readiness_gate after insert or update or delete on %s '
            'deferrable initially deferred for each row execute function readiness_gate.hold()', t);
    end loop;
end $gate$;
"""
"""It opens by itself when whoever closed it is gone: nothing hangs on a scheduler that died."""

_AT_IT = f"""
select objid::int, classid::int - {HELD} from pg_locks
where locktype = 'advisory' and classid between {HELD} and {HELD + _TRANSACTIONS - 1} and granted
  and database = (select oid from pg_database where datname = current_database())
"""


class Gate:
    """The gate of one copy of the target, worked from a superuser's connection.

    Args:
        connection: To that copy, in autocommit mode, used for nothing else.
        beside: Names of relations that only what is of no request touches, so that it is not held.
    """

    def __init__(self, connection: psycopg.Connection, beside: Iterable[str] = ()) -> None:
        self._connection = connection
        connection.execute("select set_config('readiness.beside', %s, false)", (" ".join(beside),))
        connection.execute(_INSTALL.encode())

    def close(self) -> None:
        """Hold whoever commits from now on."""
        self._connection.execute("select pg_advisory_lock(%s, 0)", (ARMED,))

    def open(self) -> None:
        """Let everybody pass."""
        self._connection.execute("select pg_advisory_unlock_all()")

    def held(self) -> dict[int, int]:
        """Return the pids of backends that are held, and the number of the transaction of each."""
        return dict(self._connection.execute(_AT_IT.encode()).fetchall())

    def release(self, pid: int) -> None:
        """Let one backend commit, and return once it does."""
        it = self.held().get(pid)
        if it is None:
            return
        self._connection.execute("select pg_advisory_lock(%s, %s)", (RELEASED + it, pid))
        self.until(lambda: self.held().get(pid) != it, 1.0)
        self._connection.execute("select pg_advisory_unlock(%s, %s)", (RELEASED + it, pid))

    def end(self, pid: int) -> None:
        """End a backend, and return once it is gone.

        Raises:
            WalletError: It does not go.
        """
        if not end(self._connection, pid, _ENDS_WITHIN_S):
            raise WalletError(f"the server did not end the connection of pid {pid} in {_ENDS_WITHIN_S:g} s")

    def until(self, holds: Callable[[], bool], limit_s: float) -> bool:
        """Wait for something to hold; tell whether it did in time."""
        deadline = time.monotonic() + limit_s
        while not holds():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
        return True
