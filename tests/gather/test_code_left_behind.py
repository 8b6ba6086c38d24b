"""Code is planned with what there is while it runs: the tables that a trigger names for its function too."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SCHEMA = """
create table public.plots (id int primary key, area numeric not null);
create table public.totals (day date not null default current_date, area numeric not null);
create function public.sum_up() returns trigger language plpgsql as $$
begin
    insert into public.totals (area) select sum({column}) from gone;
    return null;
end $$;
create trigger sum_up after delete on public.plots referencing old table as gone
    for each statement execute function public.sum_up();
"""


@pytest.mark.parametrize(("column", "status"), [("area", Status.PASSED), ("size", Status.FAILED)])
def test_rows_that_a_statement_took_are_a_table_for_its_trigger(server, tmp_path, column, status):
    with system(server, tmp_path, SCHEMA.format(column=column), profile="postgres") as target:
        found = by_subject(judged(target, "MIG013"))
    assert found["public.sum_up()"].status is status


ROWS = """
create table public.payments (id int primary key, amount numeric, charge numeric, kind text);
create table public.refunds (id int primary key, amount numeric);
create function public.work() returns trigger language plpgsql as $$ {declare} begin {body} return new; end $$;
create trigger a before insert on public.payments for each row execute function public.work();
create trigger b before insert on public.refunds for each row execute function public.work();
"""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("new.amount := new.amount + 1;", Status.PASSED),
        ("new.fee := 1;", Status.FAILED),
        ("if new.fee > 0 then null; end if;", Status.FAILED),
        ("new.amount := case when new.id = 1 then new.fee else 0 end;", Status.FAILED),
        ("new.kind := lower(new.kind);", Status.FAILED),
        ("if tg_table_name = 'payments' then new.kind := lower(new.kind); end if;", Status.PASSED),
        ("if tg_table_name = 'payments' then new.fee := 1; end if;", Status.FAILED),
        ("execute 'update public.payments set fee = 0';", Status.FAILED),
        ("for i in reverse 3..1 loop new.amount := i; end loop;", Status.PASSED),
        ("begin null; exception when unique_violation then raise notice '%', sqlerrm; end;", Status.PASSED),
        ("if found then raise notice '%', tg_argv[0]; end if;", Status.PASSED),
    ],
)
def test_expressions_are_planned_with_the_rows_of_each_table(server, tmp_path, body, status):
    with system(server, tmp_path, ROWS.format(declare="", body=body), profile="postgres") as target:
        assert by_subject(judged(target, "MIG013"))["public.work()"].status is status


@pytest.mark.parametrize(("field", "status"), [("charge", Status.PASSED), ("fee", Status.FAILED)])
@pytest.mark.parametrize("declare", ["declare r public.payments;", "declare r public.payments%rowtype;"])
def test_fields_of_a_variable_are_looked_for(server, tmp_path, declare, field, status):
    body = f"select * into r from public.payments; new.amount := r.{field};"
    with system(server, tmp_path, ROWS.format(declare=declare, body=body), profile="postgres") as target:
        assert by_subject(judged(target, "MIG013"))["public.work()"].status is status


def test_a_function_finds_its_own_schema_where_no_path_is_fixed(server, tmp_path):
    schema = """
    create schema app; create table public.notes (id int primary key);
    create function app.one() returns int language sql as 'select 1';
    create function app.two() returns int language plpgsql as $$ begin return one() + 1; end $$;
    """
    with system(server, tmp_path, schema, profile="postgres") as target:
        assert by_subject(judged(target, "MIG013"))["app.two()"].status is Status.PASSED


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", "select count(*) from notes", Status.PASSED),
        ("set search_path = public", "select count(*) from notes", Status.PASSED),
        ("set search_path = ''", "select count(*) from notes", Status.FAILED),
        ("", "select count(*) from memos", Status.FAILED),
    ],
)
def test_sql_is_read_by_the_path_that_it_has_or_the_usual_one(server, tmp_path, path, body, status):
    schema = f"""
    create table public.notes (id int primary key);
    set check_function_bodies = off;
    create function public.how_many() returns bigint language sql {path} as $$ {body} $$;
    """
    with system(server, tmp_path, schema, profile="postgres") as target:
        assert by_subject(judged(target, "MIG013"))["public.how_many()"].status is status


REPORT = """
create table public.sales (id int primary key, amount numeric not null, sold date not null);
create function public.report(since date) returns numeric language plpgsql set search_path = '' as $$
declare total numeric;
begin
    create temp table if not exists recent on commit drop as
        select s.amount, case when s.sold > since then 1 else 0 end as late from public.sales s;
    select sum(r.amount) into total from {made} r where r.late = 1;
    return total;
end $$;
"""


@pytest.mark.parametrize(
    ("made", "status"),
    [
        ("pg_temp.recent", Status.PASSED),
        ("recent", Status.PASSED),
        # Whether something else makes it, nobody can say.
        ("pg_temp.older", Status.UNKNOWN),
    ],
)
def test_a_table_that_a_function_makes_for_itself_is_there_for_what_follows(server, tmp_path, made, status):
    with system(server, tmp_path, REPORT.format(made=made), profile="postgres") as target:
        found = by_subject(judged(target, "MIG013"))["public.report(since date)"]
    assert found.status is status, found.detail
