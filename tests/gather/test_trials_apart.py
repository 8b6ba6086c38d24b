"""Trials of files that one transaction cannot hold, statement by statement."""

import pytest

BATCHES = """
create or replace procedure public.fill() language plpgsql as $$
begin
  loop
    update public.notes set body = '' where id in (select id from public.notes where body is null limit 1);
    exit when not found;
    commit;
  end loop;
end $$;
call public.fill();
"""
NONE = "alter table public.notes add title text; update public.notes set title = null;"
EMPTIED = BATCHES.replace("body", "title")
INDEX = "drop index concurrently if exists i; create index concurrently i on public.notes (id, body);"


def test_a_procedure_that_commits_only_where_rows_are_is_tried_apart(trial):
    tried = trial(NONE, EMPTIED)
    assert not tried.untried
    assert not tried.unwatched
    assert not tried.unfilled
    assert not tried.left
    assert "line 10 ends transactions itself" in tried.unseen


def test_a_platform_that_sends_one_batch_refuses_it_on_tables_with_rows(trial):
    tried = trial(NONE, EMPTIED, profile="supabase")
    assert not tried.untried
    assert not tried.left
    assert tried.unfilled.sqlstate == "2D000"


@pytest.mark.parametrize(
    ("sql", "held"),
    [
        ("alter table public.notes alter id type bigint;", ["rewrites"]),
        ("create index notes_id on public.notes (id, body);", ["builds an index"]),
        ("", []),
    ],
)
def test_what_is_sent_apart_is_watched_all_the_same(trial, sql, held):
    tried = trial(INDEX + sql)
    assert [one.what for one in tried.held] == held
    assert not tried.unwatched
    assert not tried.unseen


def test_a_condition_that_does_nothing_is_told_of_what_is_sent_apart(trial):
    tried = trial("create table if not exists public.notes (id bigint);" + INDEX)
    assert [one.line for one in tried.skipped] == [1]
