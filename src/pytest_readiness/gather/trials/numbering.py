"""Looks where the numbers begin that new sequences give to tables with rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from pytest_readiness.evidence.trials import Behind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import psycopg

_NUMBERED = """
select format('%%I.%%I', n.nspname, c.relname), a.attname, s.oid::bigint, s.oid::regclass::text
from pg_sequence q
join pg_class s on s.oid = q.seqrelid
join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.oid and d.deptype in ('i', 'a')
join pg_class c on c.oid = d.refobjid and c.relkind = 'r'
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid
where q.seqstart = 1 and q.seqincrement > 0 and d.refclassid = 'pg_class'::regclass
  and (a.attidentity <> '' or exists (
        select from pg_attrdef f
        where f.adrelid = c.oid and f.adnum = a.attnum
          and strpos(pg_get_expr(f.adbin, f.adrelid), 'nextval(') > 0))
  and exists (select from pg_index i
              where i.indrelid = c.oid and i.indisunique and i.indnkeyatts = 1 and i.indkey[0] = a.attnum)
  and n.nspname !~ '^pg_' and n.nspname <> all (%s::text[])
order by 1, 2
"""
"""Unique columns that a sequence numbers from 1: where it begins elsewhere, somebody knew of rows."""

Numbered = dict[tuple[str, str], int]
"""The sequence of each table and column."""


def numbered(connection: psycopg.Connection, platform: tuple[str, ...]) -> Numbered:
    """Return the sequences that number unique columns."""
    return {(table, column): oid for table, column, oid, *_ in _look(connection, platform)}


def behind(
    connection: psycopg.Connection, platform: tuple[str, ...], before: Numbered, tables: Collection[str]
) -> Iterator[Behind]:
    """Yield the columns that a sequence numbers since then, from 1, where rows have numbers.

    Args:
        connection: Of a superuser.
        platform: Schemas that are not looked at.
        before: What numbered which column.
        tables: Those that held rows then. Whoever makes a table may fill it with numbers that stay the last.
    """
    for table, column, oid, sequence in _look(connection, platform):
        if table not in tables or before.get((table, column)) == oid:
            continue
        found = connection.execute(
            sql.SQL(
                "select (select max({})::bigint from only {}) from {} where not is_called and last_value = 1"
            ).format(sql.Identifier(column), sql.SQL(table), sql.SQL(sequence))
        ).fetchone()
        # Whoever moved it knew of rows: those that are made up here say nothing of his.
        if found and found[0] is not None and found[0] >= 1:
            yield Behind(table, column, sequence, 1, found[0])


def _look(connection: psycopg.Connection, platform: tuple[str, ...]) -> list[tuple[str, str, int, str]]:
    return connection.execute(_NUMBERED, (list(platform),)).fetchall()
