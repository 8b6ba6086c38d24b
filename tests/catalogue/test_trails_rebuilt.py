"""Tables that came later than their triggers: partitions, and what was made anew."""

import pytest

from pytest_readiness.evidence.audit import AuditEvidence
from pytest_readiness.run.prepare import open_store
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LOG = """
create table public.audit_log (n bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(), table_name text not null, operation text not null,
  row_id text, actor uuid, old_data jsonb, new_data jsonb);
revoke all on public.audit_log from anon, authenticated, service_role;
create function public.record() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  o jsonb := case when tg_op in ('UPDATE', 'DELETE') then to_jsonb(old) end;
  n jsonb := case when tg_op in ('UPDATE', 'INSERT') then to_jsonb(new) end;
  key text := coalesce(n, o) ->> 'id';
begin
  {apart}
  insert into public.audit_log (table_name, operation, row_id, actor, old_data, new_data)
  values ('orders', tg_op, key, auth.uid(), o, n);
  return null;
end $$;
"""
ORDERS = """
create table public.orders (id bigint not null, region text not null, buyer uuid not null, total numeric not null,
  note text, primary key (id, region)) partition by list (region);
create table public.orders_eu partition of public.orders for values in ('eu');
create table public.orders_us partition of public.orders for values in ('us');
"""
ROWS = """
create trigger record after insert or update or delete on public.{0} for each row execute function public.record();
"""
TRUNCATE = """
create trigger emptied after truncate on public.{0} for each statement execute function public.record();
"""
EACH = ROWS.format("orders_eu") + ROWS.format("orders_us")
WHOLE = "".join(map(TRUNCATE.format, ("orders", "orders_eu", "orders_us")))
LATER = "create table public.orders_jp partition of public.orders for values in ('jp');" + TRUNCATE.format(
    "orders_jp"
)
ATTACHED = """
create table public.orders_jp (like public.orders including all);
alter table public.orders attach partition public.orders_jp for values in ('jp');
""" + TRUNCATE.format("orders_jp")
BENEATH = """
create table public.orders_asia partition of public.orders for values in ('jp', 'kr') partition by range (id);
create table public.orders_jp partition of public.orders_asia for values from (minvalue) to (maxvalue);
""" + "".join(map(TRUNCATE.format, ("orders_asia", "orders_jp")))
HIDDEN = "revoke all on public.orders_jp from anon, authenticated, service_role;"
DIFFERENCES = """
if tg_op = 'UPDATE' then
  select jsonb_object_agg(a.key, a.value), jsonb_object_agg(b.key, b.value) into o, n
  from jsonb_each(to_jsonb(old)) a join jsonb_each(to_jsonb(new)) b using (key)
  where a.value is distinct from b.value;
end if;
"""


def judge(server, tmp_path, sql, *checks):
    with system(server, tmp_path, sql) as target:
        return {check: by_subject(judged(target, check)) for check in checks}


@pytest.mark.parametrize("later", [LATER, ATTACHED, BENEATH], ids=["made", "attached", "beneath"])
@pytest.mark.parametrize("hidden", ["", HIDDEN])
def test_a_row_that_lands_in_a_later_partition_leaves_an_entry_too(server, tmp_path, later, hidden):
    sql = LOG.format(apart="") + ORDERS + EACH + WHOLE + later + hidden
    found = judge(server, tmp_path, sql, "AUD001")["AUD001"]["public.orders"]
    assert found.status is Status.FAILED, found
    assert "INSERT that lands in the partition public.orders_jp of public.orders" in found.detail
    assert "insert into public.orders (" in found.reproduce


@pytest.mark.parametrize("triggers", [ROWS.format("orders") + LATER, EACH + LATER + ROWS.format("orders_jp")])
@pytest.mark.parametrize("apart", ["", DIFFERENCES], ids=["whole rows", "differences"])
def test_the_part_of_a_key_that_says_where_a_row_is_need_not_be_told(server, tmp_path, triggers, apart):
    sql = LOG.format(apart=apart) + ORDERS + WHOLE + triggers
    for check, found in judge(server, tmp_path, sql, "AUD001", "AUD002").items():
        assert found["public.orders"].status is Status.PASSED, (check, found)


def test_the_other_part_of_a_key_has_to_be_told(server, tmp_path):
    sql = LOG.format(apart=DIFFERENCES).replace("->> 'id'", "->> 'region'") + ORDERS + ROWS.format("orders")
    found = judge(server, tmp_path, sql, "AUD002")["AUD002"]["public.orders"]
    assert found.status is Status.FAILED
    assert "row_id does not name the row" in found.detail


CLOSED = """
create function public.closed() returns trigger language plpgsql as $$ begin raise exception 'closed for good'; end $$;
create trigger closed before insert on public.orders_jp for each row execute function public.closed();
"""


def test_of_a_partition_that_takes_no_row_nobody_knows(server, tmp_path):
    sql = LOG.format(apart="") + ORDERS + EACH + WHOLE + LATER + CLOSED
    found = judge(server, tmp_path, sql, "AUD001")["AUD001"]
    assert found["public.orders_jp"].status is Status.UNKNOWN
    assert "closed for good" in found["public.orders_jp"].detail


def test_of_a_partition_that_takes_no_row_and_is_watched_like_another_nothing_is_said(server, tmp_path):
    never = "alter table public.orders_jp add check (total <> total);"
    sql = LOG.format(apart="") + ORDERS + WHOLE + ROWS.format("orders") + LATER + never
    with system(server, tmp_path, sql) as target:
        (table,) = open_store(target, target.run_directory).get(AuditEvidence).tables
        assert "public.orders_jp" not in {finding.subject for finding in judged(target, "AUD001").findings}
    assert not table.unfilled_parts


TABLE = """
create table public.orders (id bigint primary key, buyer uuid not null, total numeric not null);
"""
REBUILT = """
create table public.orders_new (like public.orders including all);
drop table public.orders;
alter table public.orders_new rename to orders;
"""
HELPED = """
create table public.journal (no bigint generated always as identity, at timestamptz default clock_timestamp(),
  what text not null, was jsonb, now jsonb);
create function public.note(o jsonb, n jsonb) returns void language sql security definer set search_path = '' as $$
  insert into public.journal (what, was, now) values ('orders', o, n) $$;
create function public.jot() returns trigger language plpgsql as $$
begin
  perform public.note(case when tg_op <> 'INSERT' then to_jsonb(old) end, to_jsonb(new));
  return null;
end $$;
"""
HISTORY = """
create table public.orders_history (no bigint generated always as identity, op text not null, id bigint, buyer uuid,
  total numeric);
create function public.keep() returns trigger language plpgsql security definer set search_path = '' as $$
declare r public.orders := case when tg_op = 'DELETE' then old else new end;
begin
  insert into public.orders_history (op, id, buyer, total) values (tg_op, r.id, r.buyer, r.total);
  return null;
end $$;
"""


@pytest.mark.parametrize(
    ("sql", "log", "function"),
    [
        (LOG.format(apart="") + TABLE + ROWS.format("orders") + REBUILT, "audit_log", "record"),
        (TABLE + HELPED, "journal", "jot"),
        (TABLE + HISTORY, "orders_history", "keep"),
    ],
    ids=["rebuilt", "a helper writes it", "a history"],
)
def test_a_log_whose_writers_nobody_calls_holds_nothing(server, tmp_path, sql, log, function):
    found = judge(server, tmp_path, sql, "AUD008")["AUD008"][f"public.{log}"]
    assert found.status is Status.FAILED, found
    assert f"public.{function}() is there to write it, and no trigger runs it" in found.detail
    assert found.reproduce.startswith("begin;")


OLDER = """
create function public.record_before() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.audit_log (table_name, operation, new_data) values ('orders', tg_op, to_jsonb(new));
  return null;
end $$;
"""
CALLED = """
create function public.pay(amount numeric) returns void language sql security definer set search_path = '' as $$
  insert into public.audit_log (table_name, operation, new_data) values ('orders', 'PAY', to_jsonb(amount)) $$;
"""
QUEUE = """
create table public.outbox (n bigint generated always as identity, operation text not null, table_name text,
  new_data jsonb);
create function public.send() returns trigger language plpgsql as $$
begin
  insert into public.outbox (operation, table_name, new_data) values (tg_op, tg_table_name, to_jsonb(new));
  return null;
end $$;
"""


@pytest.mark.parametrize(
    "sql",
    [
        LOG.format(apart="") + TABLE + ROWS.format("orders"),
        LOG.format(apart="") + TABLE + ROWS.format("orders") + OLDER,
        LOG.format(apart="") + ORDERS + EACH + OLDER,
        LOG.format(apart="") + TABLE + CALLED,
        TABLE + QUEUE,
        LOG.format(apart="")
        + "create trigger u after insert on auth.users for each row execute function public.record();",
    ],
    ids=[
        "called",
        "an older writer",
        "an older writer of parts",
        "functions write it",
        "no log",
        "of the platform's",
    ],
)
def test_a_log_that_somebody_writes_is_not_idle(server, tmp_path, sql):
    with system(server, tmp_path, sql, migrations_as="superuser") as target:
        found = judged(target, "AUD008").findings
    assert not [one for one in found if "no trigger runs" in one.detail]
