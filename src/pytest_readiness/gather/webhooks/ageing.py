"""Makes rows older, since the clock of a database cannot be moved along."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

_BEGUN = "select txid_snapshot_xmax(txid_current_snapshot()) % (1::bigint << 32)"
_TOLD = """
    select set_config('session_replication_role', 'replica', true), set_config('lock_timeout', '5s', true),
           set_config('readiness.since', %s, true), set_config('readiness.seconds', %s, true)
"""
# Triggers that fire always would refuse, or enter, what nobody does: they are off within the transaction.
_OLDER = """
do $$
declare
    one record;
    found boolean;
begin
    for one in
        select c.oid::regclass as name,
            string_agg(format('%1$I = %1$I - make_interval(secs => %2$s)', attname,
                              current_setting('readiness.seconds')), ', ') as older,
            (select string_agg(format('alter table %s disable trigger %I', c.oid::regclass, tgname), ';')
             from pg_trigger where tgrelid = c.oid and tgenabled in ('A', 'R')) as before,
            (select string_agg(format('alter table %s enable %s trigger %I', c.oid::regclass,
                               case tgenabled when 'A' then 'always' else 'replica' end, tgname), ';')
             from pg_trigger where tgrelid = c.oid and tgenabled in ('A', 'R')) as afterwards
        from pg_class c join pg_attribute a on attrelid = c.oid
        where relkind = 'r' and attnum > 0 and not attisdropped and attgenerated = ''
          and atttypid in ('timestamptz'::regtype, 'timestamp'::regtype)
          and relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
        group by c.oid
    loop
        execute format('select exists (select from only %s where xmin::text::bigint >= %s)',
                       one.name, current_setting('readiness.since')) into found;
        continue when not found;
        execute coalesce(one.before, '');
        execute format('update only %s set %s where xmin::text::bigint >= %s',
                       one.name, one.older, current_setting('readiness.since'));
        execute coalesce(one.afterwards, '');
    end loop;
end $$
"""


def begun(connection: psycopg.Connection) -> int:
    """Return the transaction from which on rows are new."""
    row = connection.execute(_BEGUN.encode()).fetchone()
    return int(row[0]) if row else 0


def age(connection: psycopg.Connection, since: int, seconds: float) -> str:
    """Move each time that new rows hold into the past; where it cannot be done, say why."""
    import psycopg

    try:
        with connection.transaction():
            connection.execute(_TOLD.encode(), (str(since), str(seconds)))
            connection.execute(_OLDER.encode())
    except psycopg.Error as error:
        return f"no row can be made older: {str(error).splitlines()[0]}"
    return ""
