"""A target is built from whatever the project has, and what does not apply is told exactly."""

import sys

import psycopg
import pytest
from psycopg import sql

from pytest_readiness import Status
from pytest_readiness.target.build import amended, discard
from pytest_readiness.target.order import MissingFilesError
from systems import build_system, by_subject, judged, system

GOOD = "create table public.good (id int primary key);"


COMMAND = f'"{sys.executable}" migrate.py'
MIGRATE = """
import os, psycopg
psycopg.connect(os.environ["DATABASE_URL"], autocommit=True).execute(
    "create function public.pay() returns void language plpgsql as $$ begin delete from nowhere; end $$"
)
"""


@pytest.fixture(scope="module")
def commanded(server, tmp_path_factory):
    """A target of one file and one command."""
    root = tmp_path_factory.mktemp("commanded")
    (root / "migrate.py").write_text(MIGRATE)
    with system(server, root, GOOD, migrate=COMMAND) as target:
        yield target


def failures(built):
    return {m.name.removeprefix("migrations/"): m.failure for m in built.migrations.migrations if m.failure}


@pytest.mark.parametrize(
    ("sql", "line", "state", "statement"),
    [
        (
            "select 1;\nselect 2;\n\ninsert into nowhere values (1);\nselect 3;",
            4,
            "42P01",
            "insert into nowhere",
        ),
        ("select 1;\n\nselekt 2;\nselect 3;", 3, "42601", "selekt 2"),
        ("create table t (a int);\n-- a comment; with a semicolon\nselect 1/0;", 3, "22012", "select 1/0"),
        ("do $$ begin\n raise exception 'no; really';\nend $$;", 1, "P0001", "do $$"),
        (
            "create table t (a int);\ninsert into t select 1;\nalter table t add check (a > 1);",
            3,
            "23514",
            "alter table",
        ),
        ("copy pg_class to program 'true';", 1, "42501", "copy pg_class"),
        ("create table t (a int);\ncopy t from stdin;\n1\n\\.\n", 3, "42601", "1"),
    ],
    ids=["runtime", "syntax", "comment", "block", "constraint", "program", "psql data"],
)
def test_a_failing_file_names_its_statement_line_and_state(server, tmp_path, sql, line, state, statement):
    failure = failures(build_system(server, tmp_path, sql))["001.sql"]
    assert (failure.line, failure.sqlstate) == (line, state)
    assert failure.statement.startswith(statement)


@pytest.mark.parametrize(
    "way",
    [
        "grant pg_execute_server_program to postgres; copy (select 1) to program 'touch {0}';",
        "grant pg_write_server_files to postgres; copy (select 1) to '{0}';",
        "set role supabase_admin; copy (select 1) to '{0}';",
        "reset session authorization; copy (select 1) to '{0}';",
        "create role evil superuser; set role evil; copy (select 1) to '{0}';",
        "alter role postgres superuser; copy (select 1) to '{0}';",
        "create extension dblink; select dblink_connect('user=supabase_admin dbname=postgres');",
        "select lo_export(lo_from_bytea(0, 'x'), '{0}');",
    ],
    ids=lambda way: way.split(";")[0][:40],
)
def test_a_migration_cannot_touch_the_machine(server, tmp_path, way):
    touched = server.directory / "data" / "touched"
    built = build_system(server, tmp_path, way.format(touched))
    assert failures(built), "it was refused"
    assert not touched.exists()


def tables(target):
    found = target.database().execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
    )
    return {row[0] for row in found}


def test_of_a_failing_file_all_is_kept_that_does_not_hang_on_what_is_refused(server, tmp_path):
    half = (
        "set local search_path = public; create table half (id int);\nselect nothing();\n"
        "create table rest (id int references half_of_it); create table more (id int);"
    )
    with system(server, tmp_path, GOOD, half, "create table public.later (id int);") as target:
        assert tables(target) == {"good", "half", "more", "later"}
        (failing,) = (m for m in target.built.migrations.migrations if m.failure)
    assert failing.failure.sqlstate == "42883"
    assert failing.undone == ("select nothing()", "create table rest (id int references half_of_it)")
    assert len(failing.kept) == len(("set", "half", "more", "commit"))


@pytest.mark.parametrize(
    "sql",
    [
        "begin; create table public.t (id int); select nothing(); rollback;",
        "savepoint s; create table public.t (id int); rollback to s; select nothing();",
        "create table public.t (id int); select nothing();\n\\copy t from 'x'\n",
        (
            "create table public.t (id int primary key, of int references public.t deferrable initially deferred);"
            "insert into public.t values (1, 2); select nothing();"
        ),
    ],
    ids=["takes itself back", "takes a part back", "is for psql", "is refused at its end"],
)
def test_a_failing_file_leaves_nothing_where_it_cannot_be_told_what_is_wanted(server, tmp_path, sql):
    with system(server, tmp_path, GOOD, sql) as target:
        assert tables(target) == {"good"}
        (failing,) = (m for m in target.built.migrations.migrations if m.failure)
    assert not failing.kept


def test_what_a_failing_file_makes_too_late_is_made_all_the_same(server, tmp_path):
    parts = (
        "create table public.wheel (id int primary key, cart int references public.cart);"
        "alter table public.wheel enable row level security; grant select on public.wheel to public;"
        "create table public.cart (id int primary key, maker int references public.maker);"
        "create table public.maker (id int primary key); create table public.lost (id int references nowhere);"
    )
    with system(server, tmp_path, GOOD, parts) as target:
        assert tables(target) == {"good", "wheel", "cart", "maker"}
        shut = "select relrowsecurity from pg_class where relname = 'wheel'"
        assert target.database().execute(shut).fetchone() == (True,)
        (failing,) = (m for m in target.built.migrations.migrations if m.failure)
    assert failing.undone == ("create table public.lost (id int references nowhere)",)


def test_each_transaction_of_a_failing_file_is_salvaged_by_itself_with_what_it_set(server, tmp_path):
    sql = (
        "create schema app; set search_path = app; begin; create table one (id int); select nothing(); commit;"
        "begin; create table two (id int primary key, of int references two deferrable initially deferred);"
        "insert into two values (1, 2); commit; create table three (id int);"
    )
    with system(server, tmp_path, sql) as target:
        found = (
            target.database()
            .execute(
                "select c.oid::regclass::text from pg_class c where relkind = 'r' "
                "and relnamespace = 'app'::regnamespace order by 1"
            )
            .fetchall()
        )
        (failing,) = target.built.migrations.migrations
    assert [name for (name,) in found] == ["app.one", "app.three"]
    assert [text.split()[0] for text in failing.undone] == ["select", "create", "insert"]


def test_of_many_statements_those_that_are_refused_are_told_one_by_one(server, tmp_path):
    rows = [
        f"insert into public.many values ({'null' if n in {3, 300, 301, 999} else n})" for n in range(1000)
    ]
    with system(server, tmp_path, ";".join(["create table public.many (id int not null)", *rows])) as target:
        (count,) = target.database().execute("select count(*) from public.many").fetchone()
        (failing,) = target.built.migrations.migrations
    assert count == len(rows) - 4
    assert failing.undone == ("insert into public.many values (null)",) * 4


def test_strict_keeps_nothing_of_a_failing_file(server, tmp_path):
    half = "create table public.half (id int); select nothing();"
    with system(server, tmp_path, GOOD, half, strict=True) as target:
        assert tables(target) == {"good"}


def test_a_change_that_is_tried_on_a_copy_keeps_nothing_where_it_fails(server, tmp_path):
    built = build_system(server, tmp_path, GOOD)
    half = "create table public.half (id int); select nothing(); create table public.rest (id int);"
    tried = amended(built, server, half, "half")
    try:
        assert tried.migrations.migrations[-1].failure
        with psycopg.connect(server.admin, autocommit=True) as admin:
            name = sql.Identifier(tried.template)
            admin.execute(sql.SQL("alter database {} with allow_connections true").format(name))
        with psycopg.connect(server.conninfo(database=tried.template)) as copy:
            assert copy.execute("select to_regclass('half'), to_regclass('rest')").fetchone() == (None, None)
    finally:
        discard(built, server)


def test_a_table_that_lacks_a_policy_of_a_file_that_failed_does_not_pass(server, tmp_path):
    made = (
        "create table public.notes (id int primary key, owner uuid not null references auth.users, body text);"
        "alter table public.notes enable row level security;"
        "create policy own on public.notes to authenticated using (owner = auth.uid());"
    )
    more = "create policy more on public.notes for select to authenticated using (public.is_nowhere(id));"
    with system(server, tmp_path, made) as target:
        assert by_subject(judged(target, "ISO001"))["public.notes"].status is Status.PASSED
    (tmp_path / "more").mkdir()
    with system(server, tmp_path / "more", made, more) as target:
        found = by_subject(judged(target, "ISO001"))["public.notes"]
    assert found.status is Status.UNKNOWN
    assert found.detail.startswith("policy more could not be applied to it")


KEEPS_A_PART = """
begin; create table public.kept (id int); commit;
create table public.lost (id int, at no_such_type); grant select on public.kept to public;
"""
ONE_BY_ONE = """
create table public.more (id int);
create index concurrently i on public.more (id);
create index concurrently j on public.lost (id);
"""


def test_what_a_failing_file_would_have_made_and_who_needs_it_is_told(server, tmp_path):
    later = "insert into public.lost values (1);"
    with system(server, tmp_path, KEEPS_A_PART, later, ONE_BY_ONE, profile="postgres") as target:
        first, second, third = target.built.migrations.migrations
        found = by_subject(judged(target, "MIG001"))
    assert first.undone == ("create table public.lost (id int, at no_such_type)",)
    assert first.kept == ("grant select on public.kept to public", "commit")
    assert third.undone == ("create index concurrently j on public.lost (id)",)
    said = found[first.name].detail
    assert "fails too: " in said
    assert f"{second.name} (no relation public.lost), {third.name} (no relation public.lost)" in said
    assert "could judge it: table public.lost." in said
    assert f"Mend {first.name} first" in found[third.name].fix


def test_strict_stops_at_the_first_failure(server, tmp_path):
    built = build_system(server, tmp_path, GOOD, "select nothing();", GOOD, strict=True)
    assert [(m.failure is None, m.reached) for m in built.migrations.migrations] == [
        (True, True),
        (False, True),
        (True, False),
    ]
    assert built.stopped


@pytest.mark.parametrize(
    "sql",
    [
        b"\xef\xbb\xbfcreate table public.t (id int);",
        b"\\restrict abc\nset search_path = '';\ncreate table public.t (id int);\n\\unrestrict abc\n",
        b"begin;\ncreate table public.t (id int);\ncommit;",
        b"-- only a comment",
        b"",
    ],
    ids=["byte-order mark", "dump", "own transaction", "comment", "empty"],
)
def test_files_as_they_are_found(server, tmp_path, sql):
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").write_bytes(sql)
    built = build_system(server, tmp_path, migrations=("migrations",))
    assert failures(built) == {}


@pytest.mark.parametrize(
    ("sql", "said"),
    [(b"select '\xff';", "not UTF-8"), (b"select 1\0;", "NUL byte"), (b"\\i other.sql", "psql's own")],
)
def test_files_that_no_server_takes(server, tmp_path, sql, said):
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").write_bytes(sql)
    built = build_system(server, tmp_path, migrations=("migrations",))
    assert said in failures(built)["1.sql"].message


def test_of_a_file_in_another_encoding_that_says_so_all_is_kept(server, tmp_path):
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1.sql").write_bytes("create table public.kämme (id int);".encode("utf-16"))
    with system(server, tmp_path, migrations=("migrations",)) as target:
        assert tables(target) == {"kämme"}
        (failing,) = target.built.migrations.migrations
    assert "not UTF-8" in failing.failure.message
    assert not failing.undone


def test_a_transaction_left_open_is_not_kept_and_does_not_swallow_the_next_file(server, tmp_path):
    with system(server, tmp_path, "begin; create table public.lost (id int);", GOOD) as target:
        found = target.database().execute("select to_regclass('lost'), to_regclass('good')").fetchone()
        assert found == (None, "good")


def test_what_the_server_lacks_is_no_defect_of_the_file(server, tmp_path):
    missing = "create extension no_such_extension; create table public.later (id public.such);"
    built = build_system(server, tmp_path, missing, "alter table public.later add x int;", "selekt 1;")
    found = failures(built)
    assert "extension" in found["001.sql"].environment
    assert "001.sql" in found["002.sql"].environment
    assert found["003.sql"].environment == ""


def test_later_files_may_ask_which_came_before(server, tmp_path):
    asks = (
        "do $$ begin if not exists (select from supabase_migrations.schema_migrations where version = '001') "
        "then raise exception 'nothing came before'; end if; end $$;"
    )
    assert failures(build_system(server, tmp_path, GOOD, asks)) == {}


def test_what_only_the_platform_lets_a_role_do_is_no_defect(server, tmp_path):
    trigger = (
        "create function public.f() returns event_trigger language plpgsql as $$ begin end $$;"
        "create event trigger t on ddl_command_end execute function public.f();"
    )
    assert failures(build_system(server, tmp_path, trigger))["001.sql"].environment


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"migrations": ("nowhere",)}, "migrations: .*nowhere does not exist"),
        ({"migrations": ("empty",)}, "migrations: no .sql file in .*empty"),
        ({"schema": ("dump.sql",)}, "schema: .*dump.sql does not exist"),
        ({"seed": ("seed.sql",)}, "seed: .*seed.sql does not exist"),
    ],
)
def test_files_that_settings_name_must_exist(server, tmp_path, settings, said):
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFilesError, match=said):
        build_system(server, tmp_path, **settings)


def test_migrations_run_as_no_superuser_unless_settings_say_so(server, tmp_path):
    asks = "create table public.who as select rolsuper from pg_roles where rolname = current_user;"
    for chosen, expected in (("owner", False), ("superuser", True)):
        with system(server, tmp_path, asks, migrations_as=chosen) as target:
            assert target.database().execute("select * from public.who").fetchone() == (expected,)
            assert target.built.migrations.superuser is expected


def test_a_command_migrates_instead(server, tmp_path):
    script = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL'], autocommit=True).execute('create table public.made (id int)')"
    (tmp_path / "migrate me.py").write_text(script)
    with system(server, tmp_path, migrate=f'"{sys.executable}" "migrate me.py"') as target:
        assert target.database().execute("select count(*) from public.made").fetchone() == (0,)


@pytest.mark.parametrize("check", [f"MIG{number:03}" for number in range(2, 13)])
def test_what_a_command_did_is_unknown_and_says_what_to_set(commanded, check):
    found = by_subject(judged(commanded, check))
    assert found[COMMAND].status is Status.UNKNOWN
    assert 'migrations = ["db/history.sql"]' in found[COMMAND].detail
    assert set(found) == {"migrations/001.sql", COMMAND} - (
        {"migrations/001.sql"} if check == "MIG007" else set()
    )


def test_the_code_of_a_command_is_used_like_any_other(commanded):
    (found,) = judged(commanded, "MIG013").findings
    assert (found.status, "nowhere" in found.detail) == (Status.FAILED, True)


def test_a_command_that_fails_is_told_with_what_it_said(server, tmp_path):
    built = build_system(server, tmp_path, migrate="echo oh no >&2; exit 3")
    assert "exit status 3: oh no" in built.migrations.migrations[0].failure.message


def test_a_seed_that_fails_is_no_failing_migration(server, tmp_path):
    (tmp_path / "seed.sql").write_text("insert into nowhere values (1)")
    built = build_system(server, tmp_path, GOOD, seed=("seed.sql",))
    assert failures(built) == {}
    assert built.seeds[0].failure.sqlstate == "42P01"


def test_a_path_with_spaces_and_quotes(server, tmp_path):
    folder = tmp_path / 'it\'s a "path"; really'
    folder.mkdir()
    assert failures(build_system(server, folder, GOOD)) == {}


def test_a_copy_keeps_the_settings_of_the_database(server, tmp_path):
    setting = "do $$ begin execute format('alter database %I set timezone = ''Africa/Kigali''', current_database()); end $$;"
    with system(server, tmp_path, setting) as target:
        connection = target.database()
        assert connection.execute("show timezone").fetchone() == ("Africa/Kigali",)
        assert "extensions" in connection.execute("show search_path").fetchone()[0]


def test_copies_do_not_see_each_other(server, tmp_path):
    with system(server, tmp_path, GOOD) as target:
        one, two = target.database(), target.database()
        one.execute("insert into public.good values (1)")
        assert two.execute("select count(*) from public.good").fetchone() == (0,)


def test_the_template_takes_no_connection(server, tmp_path):
    built = build_system(server, tmp_path, GOOD)
    with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
        psycopg.connect(server.conninfo(database=built.template))
