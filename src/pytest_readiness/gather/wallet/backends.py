"""What the server says of the backends of callers, and how they are ended, from a connection of its own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import psycopg

_POLL_S = 0.001
_BLOCKED = "select p, pg_blocking_pids(p) from unnest(%s::int[]) p"
_ASLEEP = """
select s.pid from unnest(%(these)s::int[]) s(pid), pg_stat_get_activity(s.pid) a
where a.wait_event = 'PgSleep' and exists (
  select from unnest(%(among)s::int[]) o(pid), pg_stat_get_activity(o.pid) b
  where o.pid <> s.pid and (b.backend_xid is not null or exists (
    select from pg_locks l where l.pid = o.pid and l.granted
      and l.locktype in ('advisory', 'relation') and l.mode <> 'AccessShareLock')))
"""
"""What is held need not have a number of its own: an advisory lock, or one on a table, is none of a row."""

_AT_WORK = """
select exists (select from pg_stat_activity where datname = current_database() and usename = %s
  and xact_start is not null)
"""
_BEGINS_S, _RESTS_S = 0.05, 1.0
"""Within which what was left to be done has begun, and within which it has ended."""

_WROTE = "select backend_xid is not null from pg_stat_get_activity(%s)"


def settle(monitor: psycopg.Connection, role: str) -> None:
    """Wait for what a service was asked for before, and what it left to be done, to be over.

    Args:
        monitor: A superuser's connection to its database.
        role: By which the service connects.
    """
    time.sleep(_BEGINS_S)
    until = time.monotonic() + _RESTS_S
    while monitor.execute(_AT_WORK, (role,)).fetchone() == (True,) and time.monotonic() < until:
        time.sleep(_POLL_S)


@dataclass(frozen=True, slots=True)
class Backends:
    """The backends of callers who meet.

    Args:
        monitor: A superuser's connection, in autocommit mode.
    """

    monitor: psycopg.Connection

    def wait(self, these: Iterable[int], among: Iterable[int]) -> bool:
        """Tell whether each of these waits for another, and may do so for long.

        The server ends one of those that wait for each other, by itself and soon.
        """
        these, ours = list(these), set(among)
        rows = self.monitor.execute(_BLOCKED, (list(ours),)).fetchall()
        by = {pid: set(blockers) & ours for pid, blockers in rows}
        rest = [pid for pid in these if not by.get(pid) or _circle(pid, by)]
        return not rest or asleep(self.monitor, rest, list(ours)) >= set(rest)

    def wrote(self, pid: int) -> bool:
        """Tell whether a backend has changed anything in the transaction that is open."""
        row = self.monitor.execute(_WROTE, (pid,)).fetchone()
        return bool(row and row[0])


def asleep(monitor: psycopg.Connection, these: Sequence[int], among: Sequence[int]) -> set[int]:
    """Return which backends sleep while another holds something.

    Who does not wait for locks sleeps between two tries, for as long as somebody has what it wants.
    """
    rows = monitor.execute(_ASLEEP, {"these": list(these), "among": list(among)}).fetchall()
    return {row[0] for row in rows}


def end(monitor: psycopg.Connection, pid: int, within_s: float) -> bool:
    """End a backend; tell whether what was open in it was rolled back in time."""
    monitor.execute("select pg_terminate_backend(%s)", (pid,))
    return gone(monitor, pid, within_s)


def gone(monitor: psycopg.Connection, pid: int, within_s: float) -> bool:
    """Wait for a backend to be gone; tell whether it was in time."""
    until = time.monotonic() + within_s
    while monitor.execute("select from pg_stat_activity where pid = %s", (pid,)).fetchone() is not None:
        if time.monotonic() > until:
            return False
        time.sleep(_POLL_S)
    return True


def _circle(start: int, by: Mapping[int, set[int]]) -> bool:
    """Tell whether somebody waits for himself in the end."""
    seen, pending = set[int](), set(by.get(start, ()))
    while pending:
        one = pending.pop()
        if one == start:
            return True
        if one not in seen:
            seen.add(one)
            pending |= by.get(one, set())
    return False
