"""The catalog of 1,000 tables, beside one query that lints the same database: `make bench-catalog`.

The query is our own, of the lints that cost least; `--lints` takes the query of another linter, as a file of
SQL, and measures it beside.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from benchmarks.rounds import interleaved, line
from benchmarks.schemas import statements

from pytest_readiness.gather.catalog import read_catalog
from pytest_readiness.providers.postgres import start
from pytest_readiness.settings import Settings
from pytest_readiness.target.build import Files, build

if TYPE_CHECKING:
    from collections.abc import Sequence

TABLES, ROUNDS, SECONDS, TIMES_LINTS = 1000, 7, 2, 3

LINTS = """
with tables as (
    select c.oid, c.relrowsecurity as secured, format('%I.%I', n.nspname, c.relname) as name, c.relkind,
           c.reloptions
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'f')
), keys as (
    select k.conrelid, k.confrelid, k.conname, k.conkey from pg_constraint k where k.contype = 'f'
), indexes as (
    select i.indexrelid, i.indrelid, i.indkey::int2[] as columns, i.indisprimary, i.indisunique,
           regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX .* ON ', ' ON ') as shape
    from pg_index i
), policies as (
    select p.polrelid, p.polname, p.polcmd, p.polpermissive, p.polroles,
           pg_get_expr(p.polqual, p.polrelid) as reads, pg_get_expr(p.polwithcheck, p.polrelid) as writes
    from pg_policy p
)
select 'key_without_index' as lint, t.name, k.conname::text as detail
from keys k join tables t on t.oid = k.conrelid
where not exists (
    select from indexes i
    where i.indrelid = k.conrelid and (i.columns)[0:cardinality(k.conkey) - 1] @> k.conkey
)
union all
select 'table_without_row_security', t.name, null from tables t
where t.relkind in ('r', 'p') and not t.secured
  and (has_table_privilege('anon', t.oid, 'select') or has_table_privilege('authenticated', t.oid, 'select'))
union all
select 'row_security_without_policy', t.name, null from tables t
where t.secured and not exists (select from policies p where p.polrelid = t.oid)
union all
select 'policy_without_row_security', t.name, p.polname from tables t join policies p on p.polrelid = t.oid
where not t.secured
union all
select 'caller_asked_for_each_row', t.name, p.polname from tables t join policies p on p.polrelid = t.oid
where concat_ws(' ', p.reads, p.writes) ~ 'auth\\.(uid|jwt|role|email)\\(\\)|current_setting\\('
  and concat_ws(' ', p.reads, p.writes) !~* 'select\\s+(auth\\.(uid|jwt|role|email)\\(\\)|current_setting\\()'
union all
select 'anybody_writes', t.name, p.polname from tables t join policies p on p.polrelid = t.oid
where p.polpermissive and p.polcmd <> 'r' and coalesce(p.writes, p.reads) = 'true'
union all
select 'editable_claims', t.name, p.polname from tables t join policies p on p.polrelid = t.oid
where concat_ws(' ', p.reads, p.writes) ~ 'user_metadata'
union all
select 'several_permissive_policies', t.name, string_agg(p.polname, ', ')
from tables t join policies p on p.polrelid = t.oid
cross join unnest(case when p.polcmd = '*' then '{r,a,w,d}' else array[p.polcmd]::text[] end) as of(command)
cross join unnest(p.polroles) as whose(role)
where p.polpermissive group by t.name, of.command, whose.role having count(*) > 1
union all
select 'same_index_twice', t.name, string_agg(i.indexrelid::regclass::text, ', ')
from tables t join indexes i on i.indrelid = t.oid group by t.name, i.shape having count(*) > 1
union all
select 'no_primary_key', t.name, null from tables t
where t.relkind = 'r' and not exists (select from indexes i where i.indrelid = t.oid and i.indisprimary)
union all
select 'index_never_used', t.name, s.indexrelname
from tables t join pg_stat_all_indexes s on s.relid = t.oid join indexes i on i.indexrelid = s.indexrelid
where s.idx_scan = 0 and not i.indisunique
union all
select 'view_with_owners_rights', t.name, null from tables t
where t.relkind = 'v' and not coalesce(t.reloptions::text, '') ~ 'security_invoker=(true|on|1)'
union all
select 'users_shown', t.name, null from tables t
where t.relkind in ('v', 'm') and exists (
    select from pg_rewrite r join pg_depend d on d.objid = r.oid and d.classid = 'pg_rewrite'::regclass
    where r.ev_class = t.oid and d.refobjid = to_regclass('auth.users')
)
union all
select 'materialized_view_in_the_api', t.name, null from tables t
where t.relkind = 'm' and has_table_privilege('anon', t.oid, 'select')
union all
select 'secret_column_in_the_api', t.name, string_agg(a.attname, ', ')
from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
where a.attname ~* 'password|secret|token|api_?key|iban|card_number'
  and (has_column_privilege('anon', t.oid, a.attnum, 'select')
       or has_column_privilege('authenticated', t.oid, a.attnum, 'select'))
group by t.name
union all
select 'function_without_search_path', p.oid::regprocedure::text, null
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'public' and not coalesce(p.proconfig::text, '') ~ 'search_path'
union all
select 'definer_for_everybody', p.oid::regprocedure::text, null
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'public' and p.prosecdef and has_function_privilege('anon', p.oid, 'execute')
union all
select 'extension_in_public', e.extname, null
from pg_extension e join pg_namespace n on n.oid = e.extnamespace where n.nspname = 'public'
"""


def main() -> None:
    """Print the medians and their ratios, round by round."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog", description=__doc__)
    parser.add_argument("--lints", type=Path, help="the one query of another linter")
    given = parser.parse_args().lints
    queries = {f"one query of {LINTS.count('union all') + 1} lints on the same database": LINTS}
    if given:
        queries[f"the query of {given.name} on the same database"] = given.read_text()
    with tempfile.TemporaryDirectory(prefix="readiness-bench-") as name:
        ours, *others = _measured(Path(name), list(queries.values()))
    print(line(f"catalog evidence of {TABLES} tables", SECONDS, ours, "s"))
    for title, seconds in zip(queries, others, strict=True):
        ratios = [one / other for one, other in zip(ours, seconds, strict=True)]
        print(line(title, None, seconds, "s"))
        print(line("  ratio", TIMES_LINTS, ratios, "x"))


def _measured(folder: Path, queries: Sequence[str]) -> list[list[float]]:
    """Return the seconds of each round: of the catalog, then of each query."""
    path = folder / "1_tables.sql"
    path.write_text("".join(statements(TABLES)))
    server = start("embedded", run_id="bench")
    try:
        settings = replace(Settings(), profile="supabase", root=folder)
        built = build(settings, Files((), (path,), ()), server, "bench")
        assert not [m.failure for m in built.migrations.migrations if m.failure]
        with psycopg.connect(server.admin, autocommit=True) as admin:
            admin.execute(f"create database linted template {built.template}".encode())
        profile, conninfo = built.profile, server.conninfo(database="linted")

        def catalog() -> float:
            with psycopg.connect(conninfo, autocommit=True) as connection:
                started = time.perf_counter()
                found = read_catalog(connection, profile.platform_schemas, profile.clients)
                seconds = time.perf_counter() - started
            assert len(found.relations) >= TABLES
            return seconds

        return interleaved(ROUNDS, catalog, *(partial(_linted, conninfo, query) for query in queries))
    finally:
        server.stop()


def _linted(conninfo: str, query: str) -> float:
    with psycopg.connect(conninfo) as connection:
        connection.execute("set local pgrst.db_schemas = 'public'")
        started = time.perf_counter()
        cursor = connection.execute(query.encode())
        while cursor.nextset():
            pass
        found = cursor.fetchall()
        seconds = time.perf_counter() - started
    assert found
    return seconds


if __name__ == "__main__":
    main()
