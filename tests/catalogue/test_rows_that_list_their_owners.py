"""Rows may say by a list who may read them: nobody else reads them, and least of all who is in no team."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

CREWS = """
create table public.crews (id {key} primary key, name text not null);
create table public.crew_people (
  crew_id {key} not null references public.crews, user_id uuid not null references auth.users,
  primary key (crew_id, user_id));
create function public.my_crews() returns {key}[] language {language} stable security definer set search_path = '' as
$$ {body} $$;
create table public.menus (
  id bigint generated always as identity primary key, dish text not null,
  cooked_by {key}[] not null check (cardinality(cooked_by) > 0));
create table public.steps (
  menu bigint not null references public.menus, nr int not null, what text not null, primary key (menu, nr));
alter table public.crews enable row level security;
alter table public.crew_people enable row level security;
alter table public.menus enable row level security;
alter table public.steps enable row level security;
create policy own on public.crews for select to authenticated using (id = any (public.my_crews()));
create policy own on public.crew_people for select to authenticated using (user_id = auth.uid());
create policy crew on public.menus for select to authenticated using ({shown});
create policy crew on public.steps for select to authenticated using (exists (select from public.menus m where m.id = menu));
"""
LISTED = "select coalesce(array_agg(p.crew_id), '{}') from public.crew_people p where p.user_id = auth.uid()"
PLPGSQL = (
    "declare found {key}[]; begin found := array(select p.crew_id from public.crew_people p "
    "where p.user_id = auth.uid()); return found; end"
)
INLINE = "array(select p.crew_id from public.crew_people p where p.user_id = auth.uid())"


@pytest.mark.parametrize("key", ["uuid", "integer"])
@pytest.mark.parametrize(
    ("language", "shown", "status"),
    [
        ("sql", "cooked_by @> (select public.my_crews())", Status.FAILED),
        ("plpgsql", "public.my_crews() <@ menus.cooked_by", Status.FAILED),
        ("sql", f"cooked_by @> {INLINE}", Status.FAILED),
        ("sql", "cooked_by && (select public.my_crews())", Status.PASSED),
        ("plpgsql", "public.my_crews() && cooked_by", Status.PASSED),
        ("sql", f"cooked_by && {INLINE}", Status.PASSED),
    ],
)
def test_who_is_in_no_team_reads_nothing_of_the_teams(server, tmp_path, key, language, shown, status):
    body = LISTED if language == "sql" else PLPGSQL.format(key=key)
    sql = CREWS.format(key=key, language=language, body=body, shown=shown)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO001"))
    assert {found[f"public.{name}"].status for name in ("menus", "steps")} == {status}, found


DIARIES = """
create table public.diaries (
  id bigint generated always as identity primary key, title text not null, {column});
alter table public.diaries enable row level security;
create policy named on public.diaries to authenticated using ({shown});
"""


@pytest.mark.parametrize(
    "column", ["readers uuid[] not null", "readers uuid[] not null default array[auth.uid()]"]
)
@pytest.mark.parametrize(
    ("shown", "failing"),
    [
        ("auth.uid() = any (readers)", set()),
        ("readers @> array[auth.uid()]", set()),
        ("auth.uid() = any (readers) or cardinality(readers) = 1", {"ISO001", "ISO002", "ISO003", "ISO004"}),
    ],
)
def test_whom_a_list_names_reads_a_row_and_nobody_else(server, tmp_path, column, shown, failing):
    with system(server, tmp_path, DIARIES.format(column=column, shown=shown), profile="supabase") as target:
        checks = ("ISO001", "ISO002", "ISO003", "ISO004")
        found = {check: by_subject(judged(target, check))["public.diaries"].status for check in checks}
    assert {check for check, status in found.items() if status is Status.FAILED} == failing, found
    assert set(found.values()) <= {Status.FAILED, Status.PASSED}, found


SCOPES = """
create table public.scopes (user_id uuid not null references auth.users, word text not null, primary key (user_id, word));
create function public.my_words() returns text[] language sql stable security definer set search_path = '' as
$$ select array_agg(s.word) from public.scopes s where s.user_id = auth.uid() $$;
create table public.sheets (id int primary key, wanted text[] not null, body text not null);
alter table public.scopes enable row level security;
alter table public.sheets enable row level security;
create policy own on public.scopes for select to authenticated using (user_id = auth.uid());
create policy wanted on public.sheets for select to authenticated using (wanted && public.my_words());
"""


def test_a_list_of_something_else_that_the_caller_has_is_nothing_that_passes(server, tmp_path):
    with system(server, tmp_path, SCOPES, profile="supabase") as target:
        found = by_subject(judged(target, "ISO001"))["public.sheets"]
    assert found.status is Status.UNKNOWN, found
