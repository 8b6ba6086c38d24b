"""Changes are tried on copies of a real target, and only what mends a finding and harms nobody is written."""

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pytest_readiness.run.mend import NothingToMendError, Workshop, prepared, written
from pytest_readiness.settings import Isolation, Session, Settings
from pytest_readiness.target.build import project_files
from pytest_readiness.vocabulary import Status

ALL = os.environ.get("READINESS_MUTANTS") == "all"
"""Set by `make mutants`; without it a third of the mechanisms is mended."""

NOTES = "create table public.notes (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text not null);\n"
SECURE = "alter table public.notes enable row level security;\n"
OWN = "create policy own on public.notes for all to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));\n"
TEAMS = """
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid not null references public.teams, user_id uuid not null references auth.users, role text not null default 'member', primary key (team_id, user_id));
create table public.plans (id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams, title text not null);
create table public.steps (id uuid primary key default gen_random_uuid(), plan_id uuid not null references public.plans, title text not null);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.plans enable row level security;
alter table public.steps enable row level security;
create policy mine on public.team_members for select to authenticated using (user_id = (select auth.uid()));
create policy ours on public.teams for select to authenticated using (id in (select m.team_id from public.team_members m where m.user_id = (select auth.uid())));
"""


def project(root, *migrations, **settings):
    folder = root / "supabase" / "migrations"
    folder.mkdir(parents=True)
    for number, text in enumerate(migrations):
        (folder / f"2026010{number + 1}000000_step.sql").write_text(text)
    defaults = {"root": root, "profile": "supabase", "migrations": ("supabase/migrations",)}
    return replace(Settings(), **(defaults | settings))


def mend(settings, check, subject):
    """Return what came of it, and what is failed and was, as a set of places."""
    with prepared(settings) as preparation, Workshop(settings, preparation, lambda _: None) as workshop:
        return workshop.mend((check, subject))


MECHANISMS = {
    "row-level security off": (NOTES, "ISO001", "public.notes", "enable row level security"),
    "a policy without it": (NOTES + OWN, "ISO001", "public.notes", "enable row level security"),
    "select true": (
        NOTES + SECURE + "create policy r on public.notes for select to authenticated using (true);",
        *("ISO001", "public.notes", "using (user_id = (select auth.uid()))"),
    ),
    "signed in is enough": (
        NOTES + SECURE + "create policy r on public.notes for select using (auth.role() = 'authenticated');",
        *("ISO001", "public.notes", "user_id = (select auth.uid())"),
    ),
    "or true": (
        NOTES + SECURE + "create policy r on public.notes for select using (user_id = auth.uid() or body is not null);",
        *("ISO001", "public.notes", "using (user_id = auth.uid())"),
    ),
    "update true": (
        NOTES + SECURE + OWN + "create policy u on public.notes for update to authenticated using (true);",
        *("ISO002", "public.notes", 'alter policy "u"'),
    ),
    "delete true": (
        NOTES + SECURE + OWN + "create policy d on public.notes for delete to authenticated using (true);",
        *("ISO004", "public.notes", 'alter policy "d"'),
    ),
    "insert true": (
        NOTES + SECURE + "create policy r on public.notes for select to authenticated using (user_id = auth.uid());"
        "create policy i on public.notes for insert to authenticated with check (true);",
        *("ISO003", "public.notes", "with check (user_id = (select auth.uid()))"),
    ),
    "given away": (
        NOTES + SECURE + "create policy r on public.notes for select to authenticated using (user_id = auth.uid());"
        "create policy u on public.notes for update to authenticated using (user_id = auth.uid()) with check (true);",
        *("ISO003", "public.notes", "with check (user_id = (select auth.uid()))"),
    ),
    "a view of its owner": (
        NOTES + SECURE + OWN + "create view public.all_notes as select * from public.notes;",
        *("ISO001", "public.all_notes", "security_invoker"),
    ),
    "a view over a table that is closed": (
        NOTES + SECURE + "revoke all on public.notes from anon, authenticated;"
        "create view public.all_notes as select id, user_id, body from public.notes;",
        *("ISO001", "public.all_notes", "security_barrier"),
    ),
    "a function that nobody needs": (
        NOTES + SECURE + OWN + "create function public.peek(note uuid) returns text language sql stable security definer set search_path = '' as 'select body from public.notes where id = note';",
        *("ISO005", "public.peek(note uuid)", ""),
    ),
    "a table of a tenant": (
        TEAMS + "create policy r on public.plans for select to authenticated using (true);",
        *("ISO001", "public.plans", "public.team_members"),
    ),
    "a child of a tenant's row": (
        TEAMS + "create policy r on public.plans for select to authenticated using (team_id in (select m.team_id from public.team_members m where m.user_id = (select auth.uid())));"
        "create policy r on public.steps for select to authenticated using (true);",
        *("ISO001", "public.steps", "exists (select from public.plans p where"),
    ),
    "a partition by itself": (
        "create table public.notes (id int, user_id uuid not null, body text, primary key (id)) partition by range (id);"
        "create table public.notes_1 partition of public.notes for values from (minvalue) to (maxvalue);" + SECURE + OWN,
        *("ISO001", "public.notes_1", "public.notes_1 enable row level security"),
    ),
    "a role that bypasses": (
        NOTES + SECURE + OWN + "create role reporter bypassrls login; grant select on public.notes to reporter;",
        *("ISO009", "reporter", 'alter role "reporter" nobypassrls'),
    ),
    "truncate": (NOTES + SECURE + OWN, "ISO010", "TRUNCATE", "revoke truncate"),
}  # fmt: skip


@pytest.mark.parametrize("name", MECHANISMS if ALL else list(MECHANISMS)[::3])
def test_a_finding_is_mended_by_a_change_that_harms_nobody(tmp_path, name):
    sql, check, subject, said = MECHANISMS[name]
    settings = project(tmp_path, sql)
    mended = mend(settings, check, subject)
    assert mended.change, [(t.change.sql, t.objections) for t in mended.tried]
    assert said in mended.change.sql
    path, _ = written(mended, (check, subject), settings, list(project_files(settings).migrations))
    with prepared(settings) as preparation, Workshop(settings, preparation, lambda _: None) as after:
        assert (
            after.before.findings.get((check, subject), mended.finding).status is not Status.FAILED
            or not path
        )
        assert not [m.failure for m in preparation.built.migrations.migrations if m.failure]


def test_a_check_is_written_that_fails_without_the_change_and_passes_with_it(tmp_path):
    settings = project(tmp_path, NOTES + SECURE + "create policy r on public.notes for select using (true);")
    place = ("ISO001", "public.notes")
    with prepared(settings) as preparation, Workshop(settings, preparation, lambda _: None) as workshop:
        mended = workshop.mend(place)
    path, check = written(mended, place, settings, list(project_files(settings).migrations))
    assert check == tmp_path / "readiness" / "iso001_public_notes.py"
    states = []
    for present in (True, False):
        if not present:
            path.unlink()
        with prepared(settings) as preparation, Workshop(settings, preparation, lambda _: None) as workshop:
            states.append(workshop.before.findings["FIX001", "public.notes"].status)
    assert states == [Status.PASSED, Status.FAILED]


def test_the_check_says_when_its_rows_cannot_be_made_any_more(tmp_path):
    leak = "create policy r on public.notes for select using (true);"
    settings = project(tmp_path, NOTES + SECURE + leak)
    place = ("ISO001", "public.notes")
    written(mend(settings, *place), place, settings, list(project_files(settings).migrations))
    later = tmp_path / "supabase" / "migrations" / "29990101000000_later.sql"
    later.write_text("alter table public.notes add title text not null;")
    with prepared(settings) as preparation, Workshop(settings, preparation, lambda _: None) as workshop:
        found = workshop.before.findings["FIX001", "public.notes"]
    assert found.status is Status.UNKNOWN
    assert "title" in found.detail


def test_the_migration_follows_the_last_one_and_says_what_was_seen(tmp_path):
    settings = project(tmp_path, NOTES + SECURE + "create policy r on public.notes for select using (true);")
    place = ("ISO001", "public.notes")
    files = list(project_files(settings).migrations)
    path, _ = written(mend(settings, *place), place, settings, files)
    again = list(project_files(settings).migrations)
    assert again == [*files, path]
    assert path.name.endswith("_fix_iso001_public_notes.sql")
    assert path.name[:8] in {f"{dt.datetime.now(dt.UTC) - dt.timedelta(days=ago):%Y%m%d}" for ago in (0, 1)}
    assert path.read_text().startswith("-- ISO001 public.notes: As bob I read alice's note:")


@pytest.mark.parametrize(
    ("names", "grants"),
    [
        ("", "grant execute on function public.peek(uuid) to authenticated;"),
        ("await client.rpc('peek', { note })", ""),
    ],
    ids=["granted by name", "called by a program"],
)
def test_a_function_that_clients_are_meant_to_call_keeps_its_callers(tmp_path, names, grants):
    peek = "create function public.peek(note uuid) returns text language sql stable security definer set search_path = '' as 'select body from public.notes where id = note';"
    closed = "create policy none on public.notes for select to authenticated using (false);"
    settings = project(tmp_path, NOTES + SECURE + closed + peek + grants)
    if names:
        (tmp_path / "app.ts").write_text(names)
    mended = mend(settings, "ISO005", "public.peek(note uuid)")
    assert mended.change is None
    assert any("revoke execute" in t.change.sql and "access that worked is lost" in t.objections[0] for t in mended.tried)  # fmt: skip


def test_a_change_that_takes_something_from_the_owner_is_not_written(tmp_path):
    """Here the view is the owner's only way, and shows no column that could be compared."""
    view = "revoke all on public.notes from anon, authenticated; create view public.bodies as select body from public.notes;"
    settings = project(tmp_path, NOTES + SECURE + view)
    mended = mend(settings, "ISO001", "public.bodies")
    assert mended.change is None
    assert mended.tried
    assert all(tried.objections for tried in mended.tried)
    assert written(mended, ("ISO001", "public.bodies"), settings, []) == (None, None)


def test_what_does_not_fail_is_not_mended(tmp_path):
    settings = project(tmp_path, NOTES + SECURE + OWN)
    with pytest.raises(NothingToMendError, match="passed"):
        mend(settings, "ISO001", "public.notes")


def test_the_caller_is_named_by_the_setting_that_the_application_uses(tmp_path):
    sql = (
        "create table public.notes (id int primary key, user_id uuid not null, body text not null);"
        "create role app; grant select, insert, update, delete on public.notes to app;"
    )
    session = Session("app", "select set_config('app.user_id', %(user)s, true)")
    settings = project(tmp_path, sql, profile="postgres", isolation=Isolation(session=session))
    mended = mend(settings, "ISO001", "public.notes")
    assert mended.change
    assert "(select nullif(current_setting('app.user_id', true), ''))::uuid" in mended.change.sql


def test_neither_servers_nor_copies_are_left(tmp_path):
    settings = project(tmp_path, NOTES)
    with prepared(settings) as preparation, Workshop(settings, preparation, lambda _: None) as workshop:
        workshop.mend(("ISO001", "public.notes"))
        process, folder = preparation.server.running.pid, preparation.directory
        template = preparation.built.template
        with psycopg.connect(preparation.server.admin) as admin:
            names = [row[0] for row in admin.execute("select datname from pg_database").fetchall()]
        assert template in names
        assert not [name for name in names if name.startswith(f"{template}_f")]
    assert not folder.exists()
    assert not preparation.server.directory.exists()
    assert not Path(f"/proc/{process}").exists() or os.name != "posix"
