"""Trials of migrations on a real server: what was watched, and what was not."""

import pytest


@pytest.mark.parametrize(
    ("sql", "watched"),
    [
        ("alter table public.notes add column title text;", True),
        ("begin; alter table public.notes add column title text; commit;", True),
        ("create index concurrently notes_body on public.notes (body);", True),
        ("alter table public.notes add a int; commit; alter table public.notes add b int;", False),
    ],
    ids=["one transaction", "which it begins itself", "none", "two"],
)
def test_what_ends_transactions_itself_was_watched_by_nobody(trial, sql, watched):
    tried = trial(sql)
    assert not tried.untried
    assert bool(tried.unwatched) is not watched


@pytest.mark.parametrize(
    ("sql", "resumes"),
    [
        ("drop index concurrently if exists i; create index concurrently i on public.notes (body);", True),
        ("alter table public.notes add a int; create index concurrently i on public.notes (a);", False),
    ],
)
def test_a_file_of_single_statements_may_be_stopped_if_it_can_be_applied_again(trial, sql, resumes):
    tried = trial(sql)
    assert not tried.untried
    assert bool(tried.left) is not resumes


GUARDED = "alter table public.notes enable row level security; grant select on public.notes to public;"
ANEW = "create table n (like public.notes including all); drop table public.notes; alter table n rename to notes;"
GRANTED = "grant select on public.notes to public;"


def test_a_table_that_is_made_anew_without_its_row_security_is_told(trial):
    assert trial(GUARDED, ANEW + GRANTED).bared == (("public.notes", ("row security",)),)


@pytest.mark.parametrize("more", ["", "alter table public.notes enable row level security;" + GRANTED])
def test_what_nobody_gets_at_or_is_guarded_again_lost_nothing(trial, more):
    assert not trial(GUARDED, ANEW + more).bared


LOGGED = """
create function public.log() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger log after insert on public.notes for each row execute function public.log();
create policy own on public.notes using (id > 0); create table public.marks (note int references public.notes);
"""
ALIKE = "create table n (like public.notes including all);"
SWAPPED = "drop table public.notes cascade; alter table n rename to notes;" + GRANTED


def test_triggers_policies_and_references_are_guards_each_by_itself(trial):
    found = dict(trial(LOGGED, ALIKE + SWAPPED).bared)
    assert found == {
        "public.notes": ("policy own", "trigger log", "constraint marks_note_fkey of public.marks")
    }


def test_a_table_whose_name_was_free_between_two_files_is_compared(trial):
    away = "alter table public.notes rename to old;"
    back = "create table public.notes (like public.old including all); drop table public.old;" + GRANTED
    assert trial(GUARDED, away, back).bared == (("public.notes", ("row security",)),)


def test_a_grant_of_columns_lets_in_as_a_grant_of_the_table_does(trial):
    assert trial(GUARDED, ANEW + "grant select (body) on public.notes to public;").bared


DROPPING = """
do $$ declare i regclass; begin
  for i in select indexrelid from pg_index where not indisvalid loop execute format('drop index %s', i); end loop;
end $$;
"""


@pytest.mark.parametrize("drop", ["", "drop index concurrently if exists i;", DROPPING])
def test_an_index_that_may_stay_invalid_is_not_made_whole_by_passing_over_it(trial, drop):
    add = "alter table public.notes add column if not exists a int;"
    tried = trial(f"{add}{drop} create unique index concurrently if not exists i on public.notes (a);")
    assert any("invalid" in text for text in tried.left[:1]) is not bool(drop)
    assert bool(tried.left) is not bool(drop)


def test_a_file_of_that_one_statement_is_what_everybody_advises(trial):
    tried = trial("create index concurrently if not exists i on public.notes (body);")
    assert not tried.untried
    assert not tried.left


def test_an_index_of_the_same_name_in_another_schema_is_none_of_the_files(trial):
    elsewhere = (
        "create schema app; create table app.notes (id int, body text); create index i on app.notes (id);"
    )
    sql = "create index concurrently if not exists i on {} (body);"
    tried = trial(elsewhere, "drop index concurrently if exists public.i;" + sql.format("public.notes"))
    assert not tried.untried
    assert not tried.left


@pytest.mark.parametrize("drop", ["", "drop index concurrently if exists app.i;"])
def test_an_index_that_the_path_puts_into_a_schema_is_found_there(trial, drop):
    elsewhere = "create index i on public.notes (id); create schema app; create table app.notes (body text);"
    tried = trial(
        elsewhere,
        f"set search_path = app; {drop} create index concurrently if not exists i on notes (body);",
    )
    assert any("index app.i, invalid" in text for text in tried.left[:1]) is not bool(drop)


def test_what_stands_alone_after_a_commit_is_sent_apart(trial):
    tried = trial(
        "begin; alter table public.notes add column if not exists a int; commit;"
        "drop index concurrently if exists i; create index concurrently i on public.notes (a);"
    )
    assert not tried.untried
    assert not tried.left


def test_what_a_commit_kept_for_the_session_holds_for_what_is_sent_apart(trial):
    tried = trial(
        "create schema app; create table app.marks (id int);",
        "set search_path = app; begin; alter table marks add column if not exists a int; commit;"
        "drop index concurrently if exists i; create index concurrently i on marks (a);",
    )
    assert not tried.untried


ROWS = "insert into public.notes select g, 'x' from generate_series(1, 40) g;"
NUMBERED = "alter table public.notes alter column id add generated by default as identity;"
AFTER = "select setval(pg_get_serial_sequence('public.notes', 'id'), (select max(id) from public.notes));"
SERIAL = """
create sequence public.ids owned by public.notes.id;
alter table public.notes alter column id set default nextval('public.ids');
"""
ELSEWHERE = (
    "alter table public.notes alter column id add generated by default as identity (start with 1000000);"
)


@pytest.mark.parametrize("change", [NUMBERED, SERIAL])
def test_numbers_that_begin_among_the_rows_are_told(trial, change):
    (found,) = trial(ROWS, change).behind
    assert (found.table, found.column, found.next) == ("public.notes", "id", 1)
    assert found.last >= 40


MOVED = NUMBERED + "alter table public.notes alter column id restart with 41;"


@pytest.mark.parametrize(
    "change", [NUMBERED + AFTER, MOVED, ELSEWHERE, "alter table public.notes add n serial unique;"]
)
def test_numbers_that_begin_behind_the_rows_or_that_all_rows_are_given_are_none(trial, change):
    tried = trial(ROWS, change)
    assert not tried.untried
    assert not tried.behind


def test_whoever_makes_a_table_may_number_its_first_rows(trial):
    made = "create table public.codes (id int generated by default as identity primary key);"
    tried = trial(made + "insert into public.codes (id) values (1), (2);")
    assert not tried.untried
    assert not tried.behind


ADDED = "alter table public.notes add column title text;"
FILLING = "update public.notes set title = body where title is null;"
ONE = "update public.notes set title = body where id = 3;"


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ((ADDED + FILLING,), [("writes most rows", "AccessExclusiveLock")]),
        ((ADDED, FILLING), []),
        ((ADDED + ONE,), []),
    ],
    ids=["together", "in a file of its own", "one row"],
)
def test_rows_that_are_written_while_a_lock_keeps_all_out_are_told(trial, changes, held):
    tried = trial(ROWS, *changes)
    assert not tried.untried
    assert [(one.what, one.lock) for one in tried.held] == held


def test_an_index_that_is_kept_is_not_built(trial):
    base = "alter table public.notes add sku varchar(20); create index skus on public.notes (sku);"
    assert not trial(base + ROWS, "alter table public.notes alter sku type varchar(64);").held


FROZEN = """
create function public.frozen() returns trigger language plpgsql as $$ begin
  if old.body = 'closed' and new.body is distinct from old.body then raise exception 'it is closed'; end if;
  return new;
end $$;
create trigger frozen before update on public.notes for each row execute function public.frozen();
"""
STAND_IN = """
create function public.stand_in() returns trigger language plpgsql as $$ begin {} return new; end $$;
create trigger stand_in before update on public.notes for each row execute function public.stand_in();
"""
STAMPED = """
create table public.trace (note int, at timestamptz);
create function public.stamp() returns trigger language plpgsql as $$ begin
  insert into public.trace values (new.id, clock_timestamp()); new.body := lower(new.body); return new;
end $$;
create trigger stamp before update on public.notes for each row execute function public.stamp();
"""
IDLE = """
create function public.idle() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger idle before update on public.notes for each row execute function public.idle();
"""
TRACED = "insert into public.trace (note) values (old.id);"


@pytest.mark.parametrize(
    ("guard", "body", "missing", "doubtful"),
    [
        (FROZEN, "new.body := trim(new.body);", "trigger frozen", ""),
        (FROZEN, "if old.body like 'clos%' then raise exception 'no'; end if;", "", ""),
        (FROZEN, "if old.body like 'clos%' then return null; end if;", "", ""),
        (STAMPED, "new.body := lower(new.body);", "trigger stamp", ""),
        (STAMPED, TRACED, "trigger stamp", ""),
        (STAMPED, TRACED + "new.body := lower(new.body);", "", ""),
        (IDLE, "raise exception 'no';", "", "trigger idle"),
    ],
    ids=["no refusal", "refused", "not done", "no record", "not folded", "all of it", "nothing to tell by"],
)
def test_another_function_stands_in_only_where_it_keeps_what_the_old_one_kept(
    trial, guard, body, missing, doubtful
):
    tried = trial(guard, ALIKE + SWAPPED + STAND_IN.format(body))
    assert not tried.untried
    assert tried.bared == ((("public.notes", (missing,)),) if missing else ())
    assert tried.replaced == ((("public.notes", (doubtful,)),) if doubtful else ())


def test_the_same_function_by_another_name_needs_no_trial(trial):
    renamed = IDLE.replace("idle", "resting")
    assert not trial(IDLE, ALIKE + SWAPPED + renamed).replaced


HALF = "create table public.half (id int primary key);"
FAILS = "select 1 / 0;"
MARKED = f"-- migrate:up\n{HALF}\n{FAILS}\n-- migrate:down\ndrop table public.half;"


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ((HALF + FAILS,), ("table public.half is there",)),
        (("begin;" + HALF + FAILS + "commit;",), ()),
        ((HALF + "begin;" + FAILS + "commit;",), ("table public.half is there",)),
        ((FAILS + HALF,), ()),
        ((MARKED,), ()),
        ((FAILS, HALF + FAILS), ()),
    ],
    ids=[
        "none",
        "its own",
        "of its second half",
        "nothing before",
        "its tool's",
        "behind another that fails",
    ],
)
def test_a_file_that_fails_without_a_transaction_may_leave_a_half(trial, changes, left):
    tried = trial(*changes, applies=False)
    assert tried.broken
    assert (tried.left_singly or tried.left) == left


def test_a_file_of_a_platform_that_sends_it_as_one_batch_leaves_nothing(trial):
    tried = trial(HALF + FAILS, applies=False, profile="supabase")
    assert tried.broken
    assert not tried.left_singly


@pytest.mark.parametrize("profile", ["postgres", "supabase"])
def test_a_file_behind_one_that_fails_is_tried_on_what_could_be_had_of_that(trial, profile):
    fails = "create table public.had (id int); select nothing();"
    tried = trial(fails, "alter table public.had alter id type bigint;", applies=False, profile=profile)
    assert not tried.untried
    assert {held.relation for held in tried.held} == {"public.had"}


ROWS = "insert into public.notes values (1, 'a'), (2, 'a');"
FORGETS = "do $$ begin {} exception when others then raise notice 'skipped: %', sqlerrm; end $$;"


@pytest.mark.parametrize(
    ("rows", "sql", "states"),
    [
        (ROWS, "create unique index on public.notes (body);", ["23505"]),
        (ROWS, "alter table public.notes add unique (body);", ["23505"]),
        (ROWS, "update public.notes set id = 1;", ["23505"]),
        (ROWS, "insert into public.notes values (1, 'b');", []),
        (ROWS, "create unique index on public.notes (id, body);", []),
        (ROWS, "alter table public.notes add check (id < 2);", ["23514"]),
        ("", "alter table public.notes add check (id < -99);", []),
        ("", "alter table public.notes add check (body is null);", []),
        ("", "perform private.schedule();", []),
    ],
)
def test_an_error_of_rows_that_a_handler_forgets_is_told(trial, rows, sql, states):
    tried = trial(rows, FORGETS.format(sql))
    assert [one.sqlstate for one in tried.skipped] == states
    assert tried.forgetful
