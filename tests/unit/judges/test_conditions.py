"""What conditional statements would need, and which handlers only forget."""

import pytest

from pytest_readiness.judges.conditions import added, hides, made, needed, unswallowed


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
    assert list(added("alter table t add column if not exists c int")) == [("t", "c")]
