"""Whatever the target is made of: the run ends in time, says what it met, and touches nothing outside of it."""

import os
import time

import psycopg
import pytest

from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.gather.attacks import attempts
from pytest_readiness.providers.postgres import start
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Isolation, Session, Settings
from pytest_readiness.target.quoting import identifier
from pytest_readiness.vocabulary import Status
from systems import system

CHECKS = [declared for declared in read_catalogue(Settings()).checks if declared.area == "isolation"]
NOTES = """
create table public.notes (
  id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text not null);
alter table public.notes enable row level security;
create policy own on public.notes using (user_id = auth.uid());
"""
HANGS = 60
"""Seconds in which a statement that catches its own cancellation has ended, even on a busy machine."""


def judged(server, path, *migrations, **settings):
    """Judge a system, and return findings by check and subject."""
    with system(server, path, *migrations, **settings) as target:
        store = open_store(target, path)
        return {(d.spec.id, f.subject): f for d in CHECKS for f in evaluate(d, target, store).findings}


def grave(found):
    return {
        place for place, finding in found.items() if finding.status is Status.FAILED and place[0] != "ISO010"
    }


@pytest.fixture
def present(server):
    """What the server has beside the databases of runs: roles with all they may, settings, other databases."""

    def read():
        with psycopg.connect(server.admin, autocommit=True) as admin:
            return admin.execute(
                "select (select jsonb_agg(r order by oid) from pg_authid r), (select jsonb_agg(m order by oid) from pg_auth_members m), "
                "(select jsonb_agg(s order by setrole) from pg_db_role_setting s where setdatabase = 0), "
                "(select jsonb_agg(datname order by datname) from pg_database where datname !~ '^readiness_'), "
                "(select jsonb_agg(relname order by relname) from pg_class where relnamespace = 'public'::regnamespace)"
            ).fetchone()

    return read


PARTITIONS = 3000 if os.environ.get("READINESS_SOAK") else 300

NAMES = (
    'We"ird',
    "it's",
    "50% %s %(x)s",
    "é" * 31,
    "x" * 63,
    "select",
    "a.b",
    "; drop table x; --",
    "\\ $1 {0}",
)


@pytest.mark.parametrize("sound", [True, False])
def test_names_may_be_anything(server, tmp_path, sound):
    tables = []
    for name in NAMES:
        q = identifier(name)
        reads = f"{q} = auth.uid()" if sound else "true"
        tables.append(
            f"create schema {q}; grant usage on schema {q} to authenticated;"
            f"create table {q}.{q} (id uuid primary key, {q} uuid not null references auth.users, "
            f"{identifier(name[:-1] + 'y')} text not null); alter table {q}.{q} enable row level security;"
            f"create policy {q} on {q}.{q} using ({q} = auth.uid());"
            f"create policy {identifier(name[:-1] + 'z')} on {q}.{q} for select using ({reads});"
            f"grant all on {q}.{q} to authenticated;"
            f"create function {q}.{q}(uuid) returns text language sql security definer set search_path = '' as "
            f"$body$ select n.{identifier(name[:-1] + 'y')} from {q}.{q} n where n.id = $1 {'and n.' + q + ' = auth.uid()' if sound else ''} $body$;"
        )
    found = judged(server, tmp_path, *tables)
    failed = {check for check, _ in grave(found)}
    assert failed == (set() if sound else {"ISO001", "ISO005"})
    assert len(grave(found)) == (0 if sound else 2 * len(NAMES))
    assert sum(check == "ISO001" for check, _ in found) == len(NAMES)


@pytest.fixture
def own_server():
    """A server of its own: a role of the project's belongs to all databases."""
    running = start("embedded", run_id="roles")
    yield running
    running.stop()


def test_a_role_of_any_name_may_be_the_applications(own_server, tmp_path):
    role = 'Röle "of" %s; -- ' + "x" * 40
    migration = f"""
    create role {identifier(role)} nologin;
    create table public.bills (id int primary key, tenant_id uuid not null, body text);
    grant select on public.bills to {identifier(role)};
    alter table public.bills enable row level security;
    create policy p on public.bills using (tenant_id::text = current_setting('app.tenant', true));
    """
    session = Session(role, "select set_config('app.tenant', %(tenant)s, true)")
    isolation = Isolation(session=session)
    found = judged(own_server, tmp_path, migration, profile="postgres", isolation=isolation)
    assert found["ISO001", "public.bills"].status is Status.PASSED, found["ISO001", "public.bills"].detail


@pytest.mark.parametrize(
    ("role", "become", "said"),
    [
        ("nobody_there", "select set_config('app.tenant', %(tenant)s, true)", "nobody_there"),
        ("app_present", "select no_such_function(%(tenant)s)", "no_such_function"),
        ("app_present", "set app.tenant to to", "syntax error"),
    ],
    ids=["missing role", "missing function", "no SQL"],
)
def test_a_role_that_cannot_be_assumed_leaves_everything_unknown(server, tmp_path, role, become, said):
    migration = """
    do $$ begin create role app_present nologin; exception when duplicate_object then null; end $$;
    create table public.bills (id int primary key, tenant_id uuid not null, body text);
    grant select on public.bills to app_present;
    """
    isolation = Isolation(session=Session(role, become))
    found = judged(server, tmp_path, migration, profile="postgres", isolation=isolation)
    assert {finding.status for finding in found.values()} == {Status.UNKNOWN}
    assert {check for check, _ in found} == {declared.spec.id for declared in CHECKS} - {"ISO011", "ISO013"}
    # The one is an info, the other about files of a platform that this one has not.
    assert all(
        said in finding.detail and "[isolation.session]" in finding.detail for finding in found.values()
    )


def test_thousands_of_partitions_are_judged_in_time(server, tmp_path):
    partitioned = """
    create table public.events (day int not null, user_id uuid not null references auth.users, body text not null)
      partition by range (day);
    do $$ begin
      for day in 1..%(count)s loop
        execute format('create table public.events_%s partition of public.events for values from (%s) to (%s)', day, day, day + 1);
        execute format('alter table public.events_%s enable row level security', day);
      end loop;
    end $$;
    alter table public.events enable row level security;
    create policy own on public.events using (user_id = auth.uid());
    alter table public.events_100 disable row level security;
    """
    started = time.monotonic()
    found = judged(server, tmp_path, partitioned.replace("%(count)s", str(PARTITIONS)))
    assert time.monotonic() - started < 240
    assert found["ISO001", "public.events"].status is Status.PASSED
    assert found["ISO001", "public.events_100"].status is Status.FAILED
    assert {subject for check, subject in grave(found) if check == "ISO001"} == {"public.events_100"}


RECURSIVE = {
    "itself": "create policy again on public.notes using (exists (select from public.notes n where n.user_id = auth.uid()));",
    "each other": """
    create table public.shares (note uuid not null references public.notes, user_id uuid not null references auth.users);
    alter table public.shares enable row level security;
    create policy a on public.shares using (exists (select from public.notes n where n.id = note));
    create policy b on public.notes using (exists (select from public.shares s where s.note = id));
    """,
    "a function": """
    create function public.allowed(note uuid) returns boolean language plpgsql stable as
    $$ begin return exists (select from public.notes n where n.id = note); end $$;
    create policy a on public.notes using (public.allowed(id));
    drop policy own on public.notes;
    """,
}


@pytest.mark.parametrize("kind", RECURSIVE)
def test_policies_that_ask_themselves_are_broken(server, tmp_path, kind):
    finding = judged(server, tmp_path, NOTES, RECURSIVE[kind])["ISO001", "public.notes"]
    assert finding.status is Status.FAILED
    assert "Nobody can read" in finding.detail
    assert ("42P17" if kind != "a function" else "54001") in finding.detail


SLOW = {
    "sleeps": "perform pg_sleep(60); return 'x';",
    "loops": "loop null; end loop;",
    "spills": "return (with recursive r as (select repeat('x', 9999) as x union all select x from r) select max(x) from r);",
    "swallows_errors": "loop begin perform 1 / 0; exception when others then null; end; end loop;",
}


@pytest.fixture
def impatient(monkeypatch):
    """Wait a quarter as long: what is tested is what becomes of a statement that is ended, not when."""
    limits = attempts._LIMITS.replace("'2s'", "'500ms'")
    assert limits != attempts._LIMITS
    monkeypatch.setattr(attempts, "_LIMITS", limits)
    monkeypatch.setattr("pytest_readiness.target.target._STUCK_S", 2.0)


@pytest.mark.usefixtures("impatient")
def test_functions_that_do_not_end_are_ended_and_unknown(server, tmp_path):
    functions = "".join(
        f"create function public.{name}(id uuid) returns text language plpgsql security definer as $$ begin {body} end $$;"
        for name, body in SLOW.items()
    )
    started = time.monotonic()
    found = judged(server, tmp_path, NOTES, functions)
    assert time.monotonic() - started < 90
    for name in SLOW:
        finding = found["ISO005", f"public.{name}(id uuid)"]
        assert finding.status is Status.UNKNOWN
        assert "ended after its time" in finding.detail
    assert found["ISO001", "public.notes"].status is Status.PASSED


@pytest.mark.usefixtures("impatient")
def test_a_function_that_catches_its_cancellation_ends_with_its_session(server, tmp_path):
    function = """
    create function public.f() returns text language plpgsql security definer as $$ begin
      loop begin perform pg_sleep(30); exception when query_canceled then null; end; end loop; end $$;
    """
    started = time.monotonic()
    found = judged(server, tmp_path, NOTES, function)
    assert time.monotonic() - started < HANGS
    assert [f.status for (check, _), f in found.items() if check == "ISO005"] == [Status.UNKNOWN]
    assert found["ISO001", "public.notes"].status is Status.PASSED


def test_a_procedure_that_commits_is_refused_and_leaves_nothing(server, tmp_path):
    procedure = """
    create procedure public.wipe() language plpgsql as $$ begin delete from public.notes; commit; end $$;
    """
    found = judged(server, tmp_path, NOTES, procedure)
    assert not grave(found)
    assert ("ISO005", "public.wipe()") in found


OUTSIDE = {
    "starts a program": "execute format('copy (select 1) to program %L', 'touch {mark}')",
    "starts a program at once": "copy (select 1) to program 'touch {mark}'",
    "writes a file": "copy (select 1) to '{mark}'",
    "exports an object": "perform lo_export(lo_from_bytea(0, 'x'), '{mark}')",
    "makes a role": "execute 'create role readiness_intruder superuser'",
    "gives itself rights": "execute 'grant pg_read_all_data to authenticated'",
    "keeps a setting": "execute 'alter role anon set work_mem = ''1MB''; set application_name = ''x'''",
    "calls out": (
        "perform extensions.dblink_connect('x', 'dbname=postgres'); "
        "perform extensions.dblink_exec('x', 'create table public.intruder ()')"
    ),
    "ends sessions": "perform pg_terminate_backend(pid) from pg_stat_activity",
}


def reaching(place, number, body):
    """Return a function that reaches outside, called by whoever may or by a trigger of its own table."""
    if place == "function":
        return (
            f"create function public.f{number}() returns text language plpgsql security definer as "
            f"$$ begin {body}; return 'x'; end $$;"
        )
    return (
        f"create table public.t{number} (id int primary key, user_id uuid not null references auth.users, body text);"
        f"create function public.f{number}() returns trigger language plpgsql as $$ begin {body}; return new; end $$;"
        f"create trigger t before insert or update on public.t{number} for each row execute function public.f{number}();"
    )


@pytest.mark.parametrize("place", ["function", "trigger"])
def test_nothing_outside_the_copy_is_touched(server, tmp_path, present, place):
    mark = tmp_path / "mark"
    code = "".join(
        reaching(place, number, body.format(mark=mark)) for number, body in enumerate(OUTSIDE.values())
    )
    extension = "create extension if not exists dblink with schema extensions;"
    with psycopg.connect(server.admin, autocommit=True) as other:
        with system(server, tmp_path, NOTES, extension + code) as target:
            assert not [m.failure for m in target.built.migrations.migrations if m.failure]
            before = present()
            store = open_store(target, tmp_path)
            found = {(d.spec.id, f.subject): f for d in CHECKS for f in evaluate(d, target, store).findings}
        assert other.execute("select 1").fetchone() == (1,)
    assert not mark.exists()
    assert present() == before
    assert found["ISO001", "public.notes"].status is Status.PASSED
    if place == "trigger":
        for number in range(len(OUTSIDE)):
            finding = found["ISO001", f"public.t{number}"]
            assert finding.status is Status.UNKNOWN, finding.detail
            assert "no row could be made" in finding.detail


def test_a_trigger_that_raises_says_why_no_row_could_be_made(server, tmp_path):
    raising = """
    create function public.no() returns trigger language plpgsql as $$ begin raise exception 'never on a Sunday'; end $$;
    create trigger no before insert on public.notes for each row execute function public.no();
    create trigger no before insert on auth.users for each row execute function public.no();
    """
    finding = judged(server, tmp_path, NOTES, raising)["ISO001", "public.notes"]
    assert finding.status is Status.UNKNOWN
    assert "never on a Sunday" in finding.detail


def test_what_a_missing_extension_would_have_made_is_no_pass(server, tmp_path):
    missing = (
        "create extension no_such_extension; "
        "create table public.places (id int primary key, user_id uuid not null, at such.place);"
    )
    found = judged(server, tmp_path, NOTES, missing)
    assert found["ISO001", "public.notes"].status is Status.PASSED
    assert ("ISO001", "public.places") not in found
    (tmp_path / "again").mkdir()
    with system(server, tmp_path / "again", missing) as target:
        (failure,) = [m.failure for m in target.built.migrations.migrations]
        assert failure.environment
