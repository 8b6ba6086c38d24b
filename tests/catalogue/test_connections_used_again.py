"""What a function of alice's leaves on a connection is not served to bob, who comes next."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

JOURNAL = """
create table public.journal (
  id uuid primary key default gen_random_uuid(), owner uuid not null default auth.uid(),
  entry_date date not null default current_date, note text, amount numeric not null);
alter table public.journal enable row level security;
create policy own on public.journal using (owner = auth.uid()) with check (owner = auth.uid());
"""
TWO = """
create function public.collect(p_from date) returns bigint language plpgsql set search_path = '' as $$
declare n bigint; begin
  create temporary table if not exists collected (note text){};
  insert into pg_temp.collected select j.note from public.journal j where j.entry_date >= p_from;
  get diagnostics n = row_count;
  return n;
end $$;
create function public.shown(p_from date, p_page int) returns setof text language plpgsql set search_path = '' as $$
begin
  {}
  return query select c.note from pg_temp.collected c offset 10 * p_page limit 10;
end $$;
"""
BALANCE = """
create function public.balance() returns text language plpgsql set search_path = '' as $$
begin
  if coalesce(current_setting('cache.balance', true), '') = '' then
    perform set_config('cache.balance', (select {} from public.journal j), {});
  end if;
  return current_setting('cache.balance', true);
end $$;
"""
PREPARED = """
create function public.latest() returns setof text language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select from pg_catalog.pg_prepared_statements where name = 'latest_mine') then
    execute format('prepare latest_mine as select j.note from public.journal j where j.owner = %L', auth.uid());
  end if;
  return query execute 'execute latest_mine';
  {}
end $$;
"""
CLIENTS = """
do $$ begin create role app_user; exception when duplicate_object then null; end $$;
create table public.clients (id bigint generated always as identity primary key, tenant_id uuid not null, name text not null);
grant usage on schema public to app_user;
grant select, insert on public.clients to app_user;
alter table public.clients enable row level security;
create function public.tenant() returns uuid language sql {} as 'select current_setting(''app.tenant_id'', true)::uuid';
create policy own on public.clients to app_user using (tenant_id = public.tenant()) with check (tenant_id = public.tenant());
create function public.names(p_like text) returns setof text language plpgsql as $$
begin return query select c.name from public.clients c where c.name ~~ p_like or true; end $$;
"""
EXPORT = """
create function public.prepare_export() returns integer language {} set search_path = '' as $$
{}
$$;
"""
IN_PLPGSQL = """
declare n integer;
begin
  drop table if exists pg_temp.export;
  create temporary table export{} as select j.note from public.journal j where j.owner = auth.uid();
  get diagnostics n = row_count;
  return n;
end
"""
PUBLISHED = """
alter table public.journal add shown boolean not null default false;
create function public.publish() returns void language plpgsql security definer set search_path = '' as $$
begin
  perform set_config('app.published', 'yes', false);
  update public.journal set shown = true where owner = auth.uid();
end $$;
create function public.published(p_all boolean) returns setof text language plpgsql security definer set search_path = '' as $$
begin
  if current_setting('app.published', true) = 'never' then return; end if;
  return query select j.note from public.journal j where j.shown;
end $$;
"""
KEPT = {
    "a table that a function makes once": (
        JOURNAL + TWO.format("", "perform public.collect(p_from);"),
        "public.shown(p_from date, p_page integer)",
    ),
    "a table that another function reads": (JOURNAL + TWO.format("", ""), "public.collect(p_from date)"),
    "a table that whoever called reads himself": (
        JOURNAL + EXPORT.format("plpgsql", IN_PLPGSQL.format("")),
        "public.prepare_export()",
    ),
    "a setting": (JOURNAL + BALANCE.format("string_agg(j.note, ',')", "false"), "public.balance()"),
    "a number": (JOURNAL + BALANCE.format("sum(j.amount)::text", "false"), "public.balance()"),
    "a prepared statement": (JOURNAL + PREPARED.format(""), "public.latest()"),
}
NOT_KEPT = {
    "a table that goes with its transaction": JOURNAL
    + TWO.format(" on commit drop", "perform public.collect(p_from);"),
    "a table that is emptied first": JOURNAL
    + TWO.format("", "perform public.collect(p_from); truncate pg_temp.collected;"),
    "a table that whoever called reads himself, in one transaction": JOURNAL
    + EXPORT.format("plpgsql", IN_PLPGSQL.format(" on commit drop")),
    "a table of which he has no right": JOURNAL
    + EXPORT.format("plpgsql security definer", IN_PLPGSQL.format("")),
    "a setting of the transaction": JOURNAL + BALANCE.format("string_agg(j.note, ',')", "true"),
    "a number that each connection draws": JOURNAL
    + BALANCE.format("(random() * 1e9 + count(*))::bigint::text", "false"),
    "a statement that is deallocated": JOURNAL + PREPARED.format("execute 'deallocate latest_mine';"),
    "what she publishes meanwhile": JOURNAL + PUBLISHED,
}


@pytest.fixture
def failed(server, tmp_path):
    """Return what fails of what connections keep."""

    def judge(sql, **settings):
        with system(server, tmp_path, sql, **settings) as target:
            found = by_subject(judged(target, "ISO012"))
        return {name: finding for name, finding in found.items() if finding.status is Status.FAILED}

    return judge


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_for_the_next_is_found(failed, name):
    sql, subject = KEPT[name]
    finding = failed(sql)[subject]
    if "whoever called" in name:
        assert "pg_temp.export ends with the connection" in finding.detail
        assert finding.fix == "Let public.prepare_export make pg_temp.export ON COMMIT DROP."


@pytest.mark.parametrize("name", NOT_KEPT)
def test_what_is_not_kept_raises_no_alarm(failed, name):
    assert not failed(NOT_KEPT[name])


def test_plans_keep_the_answer_of_a_function_that_is_called_immutable(failed):
    found = failed(CLIENTS.format("immutable"), profile="postgres")
    assert set(found) == {"public.names(p_like text)", "prepared statements on public.clients"}
    for finding in found.values():
        assert "public.tenant() is declared IMMUTABLE" in finding.detail
        assert finding.fix == "alter function public.tenant() stable;"


def test_plans_of_a_stable_function_are_anybodys(failed):
    assert not failed(CLIENTS.format("stable"), profile="postgres")


def test_a_table_that_functions_read_is_told_to_note_to_whoever_runs_sql(server, tmp_path):
    emptied = NOT_KEPT["a table that is emptied first"]
    with system(server, tmp_path, emptied) as target:
        beside = by_subject(judged(target, "ISO010"))
    assert "which public.collect left on the connection, in pg_temp.collected" in (
        beside["public.collect(p_from date)"].detail
    )
