"""Ends sessions whose statement goes on after the server was told to cancel it.

A time limit of the server cancels a statement once. Code that catches the cancellation goes on, and only
the end of its session stops it.
"""

from __future__ import annotations

import contextlib
import threading

_POLL_S = 1.0
_END = """
select pg_terminate_backend(pid) from pg_stat_activity
where pid = any (%(pids)s) and state = 'active'
  and query_start < clock_timestamp() - make_interval(secs => %(limit)s)
"""


class Watchdog:
    """Watches sessions of this process from a connection of its own.

    Args:
        admin: How to connect as superuser.
        limit_s: Seconds after which a statement is taken for one that cannot be cancelled.
    """

    def __init__(self, admin: str, limit_s: float) -> None:
        self._admin = admin
        self._limit_s = limit_s
        self._pids: set[int] = set()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def add(self, pid: int) -> None:
        """Watch one more session, by the process that serves it."""
        self._pids.add(pid)

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        import psycopg

        with contextlib.suppress(psycopg.Error), psycopg.connect(self._admin, autocommit=True) as admin:
            while not self._stopped.wait(_POLL_S):
                admin.execute(_END, {"pids": list(self._pids), "limit": self._limit_s})
