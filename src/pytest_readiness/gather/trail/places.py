"""Where entries of a log are besides: in partitions and views, which have names and rights of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

    from pytest_readiness.target.identities import Identity

_HELD = """
select distinct format('%%I.%%I', nspname, relname) from (select distinct tableoid from {log}) t
join pg_class c on c.oid = t.tableoid join pg_namespace n on n.oid = relnamespace
where c.oid <> %(log)s::regclass and (
  has_table_privilege(%(role)s, c.oid, 'delete, truncate')
  or has_any_column_privilege(%(role)s, c.oid, 'select, insert, update')
) order by 1
"""

_OVER = """
with recursive over(id) as (
  select %(log)s::regclass::oid
  union select r.ev_class from over
  join pg_depend d on d.refobjid = over.id and d.refclassid = 'pg_class'::regclass
  join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid)
select format('%%I.%%I', nspname, relname) from over
join pg_class c on c.oid = over.id join pg_namespace n on n.oid = relnamespace
where c.relkind = 'v' and has_schema_privilege(%(role)s, n.oid, 'usage') and (
  has_table_privilege(%(role)s, c.oid, 'delete')
  or has_any_column_privilege(%(role)s, c.oid, 'insert, update')
) order by 1
"""


def held_in(connection: psycopg.Connection, log: str, actor: Identity) -> list[str]:
    """Return the partitions of a log that hold entries and give a role any right of their own."""
    if not actor.role:
        return []
    held = _HELD.format(log=log.replace("%", "%%"))  # in a name it is no place for a parameter
    found = connection.execute(held.encode(), {"role": actor.role, "log": log})
    return [name for (name,) in found.fetchall()]


def written_through(connection: psycopg.Connection, log: str, actor: Identity) -> list[str]:
    """Return the views over a log, and over those, that a role may write to."""
    if not actor.role:
        return []
    found = connection.execute(_OVER.encode(), {"role": actor.role, "log": log})
    return [name for (name,) in found.fetchall()]
