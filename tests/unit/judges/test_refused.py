"""What a refusal of rows tells, and what files do to them beforehand."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.judges.migrations.refused import (
    Demand,
    column_required,
    demand_of,
    fills,
    is_new,
    of_rows,
    refuses_all,
    table_of,
    writes,
)
from pytest_readiness.target.statements import split

BODY = "language plpgsql as $$ begin update public.users set phone = p where id = 1; end $$"
NULLS = Failure("alter …", 1, "23502", 'column "phone" of relation "users" contains null values')
ORPHANS = Failure(
    "alter …", 1, "23503", 'insert or update on table "users" violates foreign key constraint "f"'
)
TWICE = Failure("create …", 1, "23505", 'could not create unique index "i"; Key (a)=(1) is duplicated.')


def test_table_and_column_of_a_refusal():
    assert (table_of(NULLS), column_required(NULLS)) == ("users", "phone")
    assert (table_of(ORPHANS), column_required(ORPHANS)) == ("users", "")
    assert table_of(TWICE) == ""
    assert all(of_rows(one) for one in (NULLS, ORPHANS, TWICE, Failure("", 1, "22001", "too long")))
    assert not of_rows(Failure("", 1, "42703", "no column"))


def test_a_column_is_new_if_it_was_not_there():
    assert is_new(NULLS, ["table public.users", "column public.users.id"])
    assert not is_new(NULLS, ["column public.users.phone"])


@pytest.mark.parametrize(
    ("sql", "filled"),
    [
        ("update users set phone = '' where phone is null", True),
        ('update only public."users" u set name = 1, "phone" = p.phone from people p', True),
        ("delete from public.users where phone is null", True),
        ("update users set telephone = ''", False),
        ("update users_old set phone = ''", False),
        ("update users set name = ''; select phone = 1", False),
        ("delete from users", True),
        ("delete from users; update others set a = 1 where b = 2", True),
        ("delete from users using others o where o.id = users.id and users.phone is null", True),
        ("delete from public.users where id = 3", False),
        ("delete from users where telephone is null", False),
        ("do $$ begin delete from users where id = 3; delete from users where phone is null; end $$", True),
        ("do $$ begin update users set phone = ''; end $$", True),
        ("do $$ begin delete from users where id = 3; perform 1 where phone = 2; end $$", False),
        (f"create function s() returns void {BODY}", False),
        (f"create or replace procedure public.s() {BODY}", False),
        (f"create function public.s() returns void {BODY}; select public.s()", True),
        (f"create procedure s() {BODY}; do $$ begin call s(); end $$", True),
        (
            f"create function s() returns trigger {BODY}; create trigger s after insert on a execute function s()",
            False,
        ),
        ("comment on table users is 'then update users set phone = 1'", False),
        ("alter table users /* update users set phone = 1 */ add a int", False),
        ("-- the next one fills\nupdate users /* all */ set phone = ''", True),
        ("with old as (select 1) update users set phone = ''", True),
        ("update users set a = 1, (name, phone) = (select b, c from d)", True),
        ("update users set name = phone, a = 1 where coalesce(a, phone) = 2", False),
        ("merge into users u using a on a.b = u.id when matched then update set phone = a.c", True),
        ("insert into users values (1) on conflict (id) do update set phone = excluded.phone", True),
        ("insert into users (id, phone) values (1, '')", False),
    ],
)
def test_what_fills_a_column(sql, filled):
    assert fills([statement.text for statement in split(sql)], "users", "phone") is filled


def test_what_writes_rows():
    assert writes("with a as (select 1) insert into public.users select 1", "users")
    assert writes("delete from others", "")
    assert not writes("alter table users add a int", "users")
    assert not writes("update users_old set a = 1", "users")


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (TWICE.message, "i"),
        (ORPHANS.message, "f"),
        ('check constraint "positive" of relation "users" is violated by some row', "positive"),
        ('new row for relation "users" violates check constraint "positive"', ""),
        ('duplicate key value violates unique constraint "users_pkey"', ""),
        ('partition constraint of relation "users" is violated by some row', ""),
    ],
)
def test_what_rows_that_are_there_do_not_meet(message, name):
    assert demand_of(Failure("", 1, "23000", message)) == name


ADD = "alter table users add phone text default ''"
ASKED = Demand(table=1, names=("users", "whole"), columns=(5, 6))
KEY = Demand(table=1, names=("users",), columns=(5,), other=2, other_name="plans")


@pytest.mark.parametrize(
    ("demand", "done", "earlier", "blamed"),
    [
        (ASKED, (), (), True),
        (replace(ASKED, columns=(4, 5)), (), (), False),
        (replace(ASKED, columns=()), (), (), False),
        (replace(ASKED, table=2), (), (), False),
        (replace(ASKED, computed=True), (), (), False),
        (replace(ASKED, single=True), (), (), False),
        (KEY, (), (), True),
        (replace(KEY, other=3), (), (), False),
        (KEY, ("create table plans (id int primary key)",), (), True),
        (KEY, ("create table plans as select 1",), (), False),
        (KEY, ("select 1 as id into plans",), (), False),
        (ASKED, ("update public.whole set phone = name",), (), False),
        (replace(ASKED, names=("Users",)), ('update "Users" set phone = name',), (), False),
        (ASKED, ("insert into others select id from users",), (), True),
        (ASKED, ("do $$ begin execute format('update %I set a = 1', 'users'); end $$",), (), False),
        (ASKED, ("do $$ begin create trigger t before insert on a execute function f(); end $$",), (), True),
        (ASKED, (f"create function s() returns void {BODY}",), (), True),
        (ASKED, (f'create function "S"() returns void {BODY}', 'select "S"()'), (), False),
        (ASKED, ("call s()",), (f"create procedure s() {BODY}",), False),
        (ASKED, ("create policy own on users using (s())",), (f"create procedure s() {BODY}",), True),
        (
            ASKED,
            (ADD.replace("''", "s()"),),
            ("create function s() returns text as 'select name from a'",),
            False,
        ),
    ],
)
def test_values_that_a_file_gives_to_each_row(demand, done, earlier, blamed):
    assert refuses_all(demand, {1: 4}, {2}, (ADD, *done), earlier) is blamed
