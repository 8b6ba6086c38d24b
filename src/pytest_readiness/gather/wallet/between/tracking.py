"""Asks the server which functions were called, as names in texts do not tell of all."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

_FLUSHES = 150_000
"""Version from which a session can be asked to tell at once."""

_SELDOM_S = 1.0
_CALLED = """
select p.oid::regprocedure::text, l.lanname
from pg_stat_user_functions s join pg_proc p on p.oid = s.funcid join pg_language l on l.oid = p.prolang
where s.calls > 0 and p.provolatile = 'v' and l.lanname not in ('c', 'internal')
  and s.schemaname not in ('pg_catalog', 'information_schema') and s.schemaname !~ '^(pg_|readiness_)'
  and not exists (select from pg_depend d where d.objid = p.oid and d.classid = 'pg_proc'::regclass
                  and d.deptype = 'e')
order by 1
"""
"""Volatile ones alone: others see what the statement sees that calls them, and write nothing."""


@contextmanager
def tracked(connection: psycopg.Connection) -> Iterator[dict[str, str]]:
    """Collect the functions that a session calls meanwhile, with their languages.

    Args:
        connection: Of a superuser, in autocommit mode.
    """
    called: dict[str, str] = {}
    connection.execute("set track_functions = 'all'")
    yield called
    connection.execute("reset track_functions")
    if connection.info.server_version >= _FLUSHES:
        connection.execute("select pg_stat_force_next_flush()")
    else:
        time.sleep(_SELDOM_S)
        connection.execute("select 1")
    called |= dict(connection.execute(_CALLED).fetchall())
