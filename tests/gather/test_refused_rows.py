"""Rows of a trial that a constraint refuses hide nothing of what the file does."""

import pytest

BASE = "create table public.plans (id int primary key);"
REFERS = (
    "alter table public.notes add column plan_id int not null; alter table public.notes add column n int;"
)
RETYPED = "alter table public.notes alter column n type bigint;"
KEY = (
    "alter table public.notes drop constraint if exists f, "
    "add constraint f foreign key (plan_id) references public.plans (id);"
)
INDEX = "create index on public.notes (n);"


def what(tried):
    return [one.what for one in tried.held]


@pytest.mark.parametrize("sql", [RETYPED + KEY + INDEX, KEY + RETYPED + INDEX])
def test_locks_are_seen_although_rows_were_taken_out(trial, sql):
    tried = trial(BASE + REFERS, sql)
    assert "23503" in tried.refused
    assert not tried.untried
    assert not tried.unfilled
    assert sorted(what(tried)) == ["builds an index", "rewrites", "validates"]


def test_what_would_write_rows_that_were_taken_out_is_unknown(trial):
    tried = trial(BASE + REFERS, KEY + "update public.notes set n = n + 1;")
    assert "rows of the trial were refused" in tried.again_untried
    assert "rows of the trial were refused" in tried.unseen


def test_rows_of_other_tables_stay(trial):
    other = "create table public.wallets (id int primary key, balance numeric default 0);"
    tried = trial(BASE + REFERS + other, KEY + "update public.wallets set balance = balance * 2;")
    assert "23503" in tried.refused
    assert tried.changed == ("the rows of public.wallets are others",)


SET = "alter table public.notes alter column body set not null;"
FILL = "update public.notes set body = '' where body is null;"

FUNCTION = """
create function public.say(p_id int, p_body text) returns void language sql as
$$ update public.notes set body = p_body where id = p_id $$;
"""


@pytest.mark.parametrize(
    ("changes", "unfilled"),
    [
        ((SET,), True),
        ((FILL + SET,), False),
        ((FILL, SET), False),
        (("delete from public.notes where body is null;" + SET,), False),
        (("insert into public.notes values (1, 'a');", SET), False),
        (("alter table public.notes add p text; update public.notes set body = p;" + SET,), False),
        (
            ("alter table public.notes add p text; update public.notes set (id, body) = (id, p);" + SET,),
            False,
        ),
        ((FUNCTION, SET), True),
        (("delete from public.notes where id = 3;", SET), True),
    ],
    ids=[
        "nothing fills it",
        "filled",
        "filled before",
        "taken out",
        "rows of the project",
        "filled from elsewhere",
        "filled beside another one",
        "a function that nothing calls",
        "another one taken out",
    ],
)
def test_a_column_that_is_required_has_to_be_filled(trial, changes, unfilled):
    tried = trial(*changes)
    assert not tried.untried
    assert bool(tried.unfilled) is unfilled


def test_values_that_do_not_fit_a_type_are_told(trial):
    tried = trial("alter table public.notes alter column body type char(1);")
    assert tried.refused.startswith("22001")
    assert not tried.untried


SINGLY = "-- +goose NO TRANSACTION\n-- +goose Up\n{}\n-- +goose Down\nselect 1;"


@pytest.mark.parametrize(("form", "leaves"), [(SINGLY, True), ("{}", False)])
def test_a_file_whose_statements_are_sent_one_by_one_leaves_a_half(trial, form, leaves):
    half = "update public.notes set body = body || 'x'; alter table public.notes add a int;"
    assert bool(trial(form.format(half)).left) is leaves


def test_rows_that_are_refused_are_taken_out_of_what_is_sent_one_by_one_too(trial):
    more = "create unique index concurrently if not exists i on public.notes ((1));"
    tried = trial(SINGLY.format(more + RETYPED.replace("n type", "id type")))
    assert "23505" in tried.refused
    assert not tried.untried
    assert "rewrites" in what(tried)


WRITTEN = "update public.events set kind = 'x';"
ADDED = "alter table public.notes add a int;"


@pytest.mark.parametrize(
    ("sql", "told"),
    [(ADDED + WRITTEN, [("public.notes", "public.events")]), (WRITTEN + ADDED, [])],
    ids=["closed meanwhile", "closed afterwards"],
)
def test_a_table_that_is_closed_while_another_is_written_is_told(trial, sql, told):
    tried = trial("create table public.events (id int primary key, kind text);", sql)
    assert not tried.untried
    assert [(one.relation, one.beside) for one in tried.held] == told


def added(text, *more):
    return "".join(f"{one};" for one in (f"alter table public.notes add {text}", *more))


UNIQUE = "create unique index on public.notes (x)"
CHECKED = "alter table public.notes add constraint positive check (x > 0)"
REFERRED = "alter table public.notes add foreign key (x) references public.kinds (id)"
KINDS = "create table public.kinds (id int primary key)"
COUNT = "create function public.counted(text) returns int immutable language sql as 'select length($1)'"
PARTS = """
create table public.parts (id int, body text) partition by range (id);
create table public.part partition of public.parts default;
"""
OF_PARTS = added("x int default 0", UNIQUE.replace("(x)", "(x, id)"), CHECKED).replace("notes", "parts")
OF_PARTS += "comment on table public.part is 'all of them';"
NUMBER = "create function public.number() returns void language sql as 'update public.notes set x = id * 0'"


@pytest.mark.parametrize(
    "changes",
    [
        (added("x int default 0", UNIQUE),),
        (
            added(
                "x int default 0, add y int default 1", "create unique index u on public.notes (x, (y + 1))"
            ),
        ),
        (added("x int default 0 unique"),),
        (added("x int default 0", CHECKED),),
        (added("x int default 0 check (x > 0)"),),
        (KINDS + ";" + added("x int default 0", REFERRED),),
        (KINDS + ";" + added("x int default 0", "insert into public.kinds values (1)", CHECKED),),
        (added("x int default 0", UNIQUE, "update public.notes set x = id"),),
        (
            "alter table public.notes add x int",
            "alter table public.notes drop x;" + added("x int default 0", UNIQUE),
        ),
        (SINGLY.format(added("x int default 0", UNIQUE.replace("index", "index concurrently u"))),),
        (added("x int default 0", f"do $$ begin {CHECKED}; end $$"),),
        (KINDS, added("x int default 0", CHECKED.replace("notes", "kinds").replace("x >", "id >"), CHECKED)),
        (PARTS, OF_PARTS),
        (added('"X y" int default 0', 'create unique index "U" on public.notes ("X y")'),),
    ],
    ids=[
        "each the same",
        "of an expression too",
        "in one statement",
        "a check",
        "a check in one statement",
        "of a table without rows",
        "another table is filled",
        "filled too late",
        "there once more",
        "sent one by one",
        "in a block",
        "by a name that another table has too",
        "of partitions",
        "a name that is quoted",
    ],
)
def test_what_the_file_gives_to_each_row_and_refuses_is_its_own_fault(trial, changes):
    tried = trial(*changes)
    assert tried.unfilled
    assert not tried.untried


@pytest.mark.parametrize(
    "changes",
    [
        ("create unique index on public.notes ((id > 0))",),
        ("create unique index on public.notes ((1))",),
        (added("x int default 0", UNIQUE.replace("(x)", "(x, (id > 0))")),),
        (added("x int default 0", CHECKED.replace("x > 0", "x > 0 and id < 0")),),
        (added("x int generated always as (id * 0) stored", UNIQUE),),
        (added("x int", "update public.notes set x = id * 0", UNIQUE),),
        (added("x int", NUMBER, "select public.number()", UNIQUE),),
        (COUNT + ";" + added("x int default public.counted('')", UNIQUE),),
        (
            COUNT,
            added(
                "x int default public.counted('')", CHECKED, "alter table public.notes alter x drop default"
            ),
        ),
        (added("x int", "do $$ begin execute 'update public.' || 'notes set x = 0'; end $$", CHECKED),),
        (added("y int", "alter table public.notes rename body to x", CHECKED.replace("x > 0", "x = ''")),),
        ("alter table public.notes add x int default 0", UNIQUE + ";"),
        (KINDS, added("x int default 0", REFERRED)),
        (KINDS + ";insert into public.kinds values (1);" + added("x int default 0", REFERRED),),
        (
            "create table public.kinds as select id from public.notes; alter table public.kinds add primary key (id);"
            + added("x int default 0", REFERRED),
        ),
        (added("x boolean default true unique check (x)"),),
        (PARTS, OF_PARTS.replace(";", "; update public.parts set x = -id * id;", 1)),
        ("insert into public.notes values (1)", added("x int default 0", UNIQUE)),
        (added("x int default 0", UNIQUE, "drop index public.notes_x_idx"),),
    ],
    ids=[
        "of an old column",
        "of no column",
        "and of an old column",
        "a check of an old column too",
        "computed of others",
        "written",
        "written by a function",
        "what a function gives",
        "what an earlier function gave",
        "written in other words",
        "renamed",
        "of an earlier file",
        "of a table whose rows are its own",
        "of a table that is filled",
        "of a table that is made of rows",
        "for one row alone",
        "written by the name of the whole",
        "with one row",
        "not there in the end",
    ],
)
def test_what_rows_of_the_project_may_meet_is_no_fault_of_the_file(trial, changes):
    tried = trial(*changes)
    assert tried.refused.startswith("23")
    assert not tried.unfilled
