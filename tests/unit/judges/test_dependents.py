"""What statements make, what the server says that it lacks, and which file fails for want of which."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.migrations import Failure, Migration
from pytest_readiness.judges.migrations.dependents import (
    behind,
    incomplete,
    lacking,
    lacking_to,
    lacks,
    made,
    unbuilt,
    wants,
)


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("create table if not exists public.a (id int)", ["table public.a"]),
        ('create table "App"."Bills" (id int)', ["table App.Bills"]),
        ("create or replace view v as select 1", ["view v"]),
        ("create function f() returns void language sql as $$ create table t () $$", ["function f"]),
        ("create policy own on public.a using (true)", ["policy own of public.a"]),
        (
            "create trigger t before insert or update of x on a for each row execute function f()",
            ["trigger t of a"],
        ),
        ("create unique index concurrently if not exists i on only public.a (x)", ["index i of public.a"]),
        ("alter table a add x int, add column if not exists y int", ["column x of a", "column y of a"]),
        ("alter table a add constraint c check (x > 0)", ["constraint c of a"]),
        ("alter table a add primary key (x)", []),
        ("alter table s.a rename to b", ["table s.b"]),
        ("alter table a rename column x to y", ["column y of a"]),
        ("do $$ begin create type mood as enum ('calm'); end $$", ["type mood"]),
        ("create schema if not exists app", ["schema app"]),
        ("insert into a values ('x')", []),
    ],
)
def test_what_a_statement_makes(text, things):
    assert [str(thing) for thing in made([text])] == things


@pytest.mark.parametrize(
    ("message", "thing"),
    [
        ('relation "public.a" does not exist', "relation public.a"),
        ('column "x" of relation "a" does not exist', "column x of a"),
        ("column w.x does not exist", "column x"),
        ('column "x" named in key does not exist', "column x"),
        ("function public.pay(integer, text) does not exist", "function public.pay"),
        ('could not find a function named "pay"', "function pay"),
        ('type "mood" does not exist', "type mood"),
        ('policy "own" for table "a" does not exist', "policy own of a"),
        ('relation "a" already exists', "None"),
        ("division by zero", "None"),
    ],
)
def test_what_the_server_lacks(message, thing):
    assert str(lacking(message)) == thing


def fails(name, message, *undone):
    return Migration(name, Failure("", 1, "42P01", message), undone=undone)


HISTORY = (
    fails("1.sql", "division by zero", "create table app.a (id int)"),
    Migration("2.sql", sql="create table public.c (id int)"),
    fails("3.sql", 'relation "a" does not exist', "create table b (a int references a)"),
    fails("4.sql", 'relation "b" does not exist', "alter table b add x int", "alter table c add y int"),
    fails("5.sql", 'relation "public.a" does not exist', "create table d (id int)"),
)


def test_a_file_fails_for_want_of_what_fails_for_want_of_another():
    found = wants(HISTORY)
    assert [(want.file, want.cause) for want in found] == [("3.sql", "1.sql"), ("4.sql", "3.sql")]
    assert [want.file for want in behind(found, "1.sql")] == ["3.sql", "4.sql"]
    assert [want.file for want in behind(found, "3.sql")] == ["4.sql"]


def test_what_is_there_was_judged_without_the_file():
    assert incomplete(HISTORY[0]) == ()
    assert incomplete(HISTORY[3]) == ("b", "c")


def test_the_run_says_which_files_left_what_out():
    assert unbuilt(HISTORY[:3]) == "1.sql, 3.sql did not apply; not there to be judged: table app.a, table b"
    assert unbuilt([fails("1.sql", "no", "update a set x = 1")]) == "1.sql did not apply"
    assert not unbuilt(HISTORY[1:2])


@pytest.mark.parametrize(
    ("undone", "said"),
    [
        ("create policy own on public.a using (true)", "policy own"),
        ("alter table a add x int", "column x"),
        ("alter table only public.a force row level security", "a change of row security"),
        ("drop policy if exists own on public.a", "a change of a policy"),
        ("revoke all on table public.a from anon", "a change of rights"),
        ("grant select on public.a to authenticated", "a change of rights"),
        ("create index i on public.a (x)", ""),
        ("grant select on public.b, public.a to authenticated", "a change of rights"),
        ("grant select on all tables in schema public to reader", "a change of many tables"),
        (
            "do $$ begin execute 'create policy own on public.a'; end $$",
            "policy own, a change of many tables",
        ),
        ("select cron.schedule('privacy-policy-daily', '@daily', 'call look_at_the_policy()')", ""),
        ("alter table public.a disable trigger t", "a change of its triggers"),
        ("alter table public.a owner to keeper", "a change of its owner"),
        ("grant usage on type public.a to anon", ""),
        ("grant select on public.sequence_runs to anon", ""),
        ("grant execute on function public.a() to anon", ""),
        ("insert into public.a values (1)", ""),
        ("create policy own on app.a using (true)", ""),
        ("create policy own on public.b using (true)", ""),
    ],
)
def test_what_a_table_lacks_of_a_file_that_failed(undone, said):
    history = (Migration("0.sql", sql="create table public.a (id int)"), fails("1.sql", "no", undone))
    assert lacking_to("public.a", lacks(history)) == said


def test_a_policy_that_was_dropped_and_not_made_again_is_lacking():
    made = Migration("0.sql", sql="create policy own on public.a using (true);")
    again = fails("1.sql", "no", "create policy own on public.a using (nowhere())")
    assert lacking_to("public.a", lacks((made, again))) == "policy own"
    assert not lacks((made, replace(again, kept=("create policy own on a using (true)",))))


def test_names_that_need_quotes_lack_what_others_do():
    history = (fails("1.sql", "no", 'create policy own on public."Order Items" using (true)'),)
    assert lacking_to('public."Order Items"', lacks(history)) == "policy own"


def test_what_a_failed_command_would_have_made_any_table_may_lack():
    command = Migration("npm run migrate", Failure("", 1, "", "exit status 1"), command=True)
    assert lacking_to("public.a", lacks((command,))) == "what npm run migrate would have made"


def test_what_another_file_made_is_not_lacking():
    there = Migration("2.sql", sql="create policy own on a using (true);")
    assert not lacks((fails("1.sql", "no", "create policy own on public.a using (true)"), there))
