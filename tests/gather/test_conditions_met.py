"""Conditions that pass over what is there: whether that is what the file says."""

import pytest

TABLE = "create table if not exists public.notes ({});"
HERS = "alter table public.notes add unique (body), add check (id > 0), alter body set default 'x';"
GUARD = """
create table public.marks (id int constraint positive check (id > 0));
do $$ begin
  if {} not exists (select from pg_constraint where conname = 'positive'{}) then
    {} add constraint positive check (id > 0);
  end if;
end $$;
"""
NOTES = "alter table public.notes"


@pytest.mark.parametrize(
    ("before", "sql", "lacking"),
    [
        ("", TABLE.format("id int primary key, body text"), ""),
        ("", TABLE.format("id int, body text"), ""),
        ("", TABLE.format("id int unique, body text"), ""),
        ("", TABLE.format("id int primary key, body text not null"), "without NOT NULL"),
        ("", TABLE.format("id int primary key, body text default 'x'"), "without DEFAULT 'x'::text"),
        (
            "",
            TABLE.format("id int generated always as identity primary key, body text"),
            "without what numbers it",
        ),
        ("", TABLE.format("id int primary key, body text unique"), "without UNIQUE (body)"),
        ("", TABLE.format("id int primary key, body text check (body <> '')"), "without CHECK"),
        (HERS, TABLE.format("id int primary key check (id > 0), body text unique default 'x'"), ""),
        (
            HERS,
            TABLE.format("id int primary key, body text default 'y'"),
            "with DEFAULT 'x'::text, not 'y'::text",
        ),
        (HERS, TABLE.format("id int primary key, body text default upper('y')"), ""),
        ("create unique index i on public.notes (body);", TABLE.format("id int, body text unique"), ""),
        ("create sequence public.s start 5;", "create sequence if not exists public.s;", ""),
        ("", GUARD.format("", "", NOTES), "the name is taken elsewhere"),
        ("", GUARD.format("", " and conrelid = 'public.notes'::regclass", NOTES), ""),
        ("", GUARD.format("false and", "", NOTES.replace("public.notes", "public.marks")), ""),
        (NOTES + " add constraint other check (id > 0);", GUARD.format("", "", NOTES), ""),
    ],
)
def test_what_is_there_is_compared_with_what_the_file_says(trial, before, sql, lacking):
    tried = trial(before, sql)
    assert not tried.untried
    assert [bool(lacking and lacking in one.lacking) for one in tried.skipped] == ([True] if lacking else [])


def test_a_block_that_another_condition_kept_from_it_was_not_deceived(trial):
    block = GUARD.format("", "", NOTES).partition(");")[2].replace("begin", "begin if false then", 1)
    tried = trial(block.replace("end $$", "end if; end $$"))
    assert not tried.untried
    assert not tried.skipped


CLOSED = "create policy notes_read on public.notes using (true);"
NAMESAKE = "create table public.marks (id int); create policy read on public.marks using (true);"
INDEXED = "create index notes_body_idx on public.notes (body);"
INDEXED_ALIKE = (
    "create schema other; create table other.marks (body text); create index body_idx on other.marks (body);"
)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ((CLOSED, "drop policy if exists read on public.notes;"), True),
        ((CLOSED, "drop policy if exists read on public.notes; create policy read on public.notes;"), False),
        (
            (CLOSED, "drop policy if exists read on public.notes; drop policy notes_read on public.notes;"),
            False,
        ),
        ((CLOSED + CLOSED.replace("notes_", ""), "drop policy read on public.notes;"), False),
        ((CLOSED, "drop policy if exists write on public.notes;"), False),
        ((CLOSED + NAMESAKE, "drop policy if exists read on public.notes;"), True),
        ((INDEXED + INDEXED_ALIKE, "drop index if exists body_idx;"), False),
    ],
    ids=[
        "another name",
        "made in its place",
        "none is left",
        "of that name",
        "another thing",
        "of that name on another table",
        "an index of that name, of whatever table",
    ],
)
def test_a_drop_that_passes_over_another_name(trial, changes, told):
    tried = trial(*changes)
    assert not tried.untried
    assert bool(tried.skipped) is told


def test_what_an_earlier_file_dropped_need_not_be_there(trial):
    one = CLOSED.replace("notes_", "")
    assert not trial(
        CLOSED + one, "drop policy read on public.notes;", "drop policy if exists read on public.notes;"
    ).skipped
