"""What conditional statements would need, and which handlers only forget."""

import pytest

from pytest_readiness.judges.migrations.conditions import added, forgets_all, hides, made, needed, unswallowed


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("do $$ begin alter table public.a enable row level security; end $$", ("public.a",)),
        ('do $$ begin create policy "p q" on b for select using (true); end $$', ("b",)),
        ("do $$ begin create index i on only c (d); end $$", ("c",)),
        ("alter table if exists old rename to new", ()),
    ],
)
def test_what_a_statement_needs(text, names):
    assert needed(text) == names


def test_handlers_that_only_forget_are_switched_off():
    forgets = "do $$ begin create type t as enum (); exception when duplicate_object then null; end $$"
    assert "'ZZ999'" in unswallowed(forgets)
    acts = "do $$ begin drop table t; exception when undefined_table then create table t (); end $$"
    assert not unswallowed(acts)


def test_that_something_is_there_already_hides_nothing():
    assert hides("42703")
    assert not hides("42710")
    assert not hides("")


def test_what_if_not_exists_makes():
    assert made("create table if not exists a.b (c int)") == ("table", "a.b")
    assert made("create unique index if not exists i on t (c)") == ("index", "i")
    assert made("create table a.b (c int)") == ("", "")
    assert made("create sequence if not exists s") == ("sequence", "s")
    assert made("create materialized  view if not exists m as") == ("materialized view", "m")
    assert list(added("alter table t add column if not exists c int")) == [("t", "c")]
    several = (
        "alter table t add if not exists c text default 'add column if not exists x', add column d int, "
    )
    assert list(added(several + "add column if not exists e int")) == [("t", "c"), ("t", "e")]


BLOCK = "do $b$ begin alter table t add x int; exception {} end $b$"


@pytest.mark.parametrize(
    "handler",
    [
        "when others then null;",
        "when others then -- it will be there\n null;",
        "when others then /* ; */ raise notice 'skipped; go on: %', sqlerrm;",
        "when undefined_table or others then return;",
        "when duplicate_column then raise; when others then raise warning 'x';",
        "when others then insert into failures values (sqlstate, sqlerrm);",
        "when others then get stacked diagnostics said = message_text; perform tell(said);",
        "when others then get stacked diagnostics a = message_text, b = pg_exception_detail; call tell(b);",
        "when others then failures := failures + 1; continue;",
    ],
)
def test_a_handler_that_tells_nobody_who_would_stop_forgets(handler):
    text = BLOCK.format(handler)
    assert forgets_all(text)
    assert "'ZZ999'" in unswallowed(text)


@pytest.mark.parametrize(
    "handler",
    [
        "when others then raise;",
        "when others then raise exception 'no: %', sqlerrm;",
        "when others then raise notice 'x'; raise;",
        "when others then create table t (x int);",
        "when others then insert into t values (1);",
        "when others then if sqlstate <> '42701' then raise; end if;",
        "when others then later := true;",
    ],
)
def test_a_handler_that_raises_or_acts_forgets_nothing(handler):
    text = BLOCK.format(handler)
    assert not forgets_all(text)
    assert not unswallowed(text)


def test_a_handler_that_names_what_it_expects_does_not_forget_all():
    text = BLOCK.format("when duplicate_column then null;")
    assert not forgets_all(text)
    assert unswallowed(text)


@pytest.mark.parametrize(
    "text",
    [
        "do $$ begin case when is_open then null; else perform f(); end case; end $$",
        "create function f() returns void language plpgsql as $$ begin exception when others then null; end $$",
        "do $$ begin raise notice 'exception when others then null; end'; end $$",
        "do $$ begin execute $f$ begin exception when others then null; end $f$; end $$",
    ],
    ids=["a case", "a function", "a string", "what it runs"],
)
def test_what_is_no_handler_of_a_block_forgets_nothing(text):
    assert not forgets_all(text)


@pytest.mark.parametrize(
    ("statement", "hidden"),
    [
        ("create unique index i on t (c)", True),
        ("ALTER TABLE t ADD UNIQUE (c)", True),
        ("update t set c = lower(c)", True),
        ("insert into t values (1)", False),
    ],
)
def test_duplicates_are_there_already_where_they_were_to_be_added(statement, hidden):
    assert hides("23505", f'duplicate key; SQL statement "{statement}"') is hidden


def test_what_a_block_of_rows_alone_does_not_find_may_be_elsewhere():
    assert not hides("42883", defines=False)
    assert hides("23514", defines=False)
