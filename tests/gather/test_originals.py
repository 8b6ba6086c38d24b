"""What somebody made of another's public thing is hers: it need not go with it."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

RECIPES = """
create table public.recipes (
  id uuid primary key default gen_random_uuid(), cook uuid not null default auth.uid() references auth.users,
  steps text not null, shared boolean not null default false);
create table public.menus (
  id uuid primary key default gen_random_uuid(), host uuid not null default auth.uid() references auth.users,
  recipe uuid {null} references public.recipes {act}, plan text {said});
alter table public.recipes enable row level security;
alter table public.menus enable row level security;
create policy shown on public.recipes for select to authenticated using ({shown} cook = (select auth.uid()));
create policy own on public.recipes for all to authenticated
  using (cook = (select auth.uid())) with check (cook = (select auth.uid()));
create policy own on public.menus for all to authenticated using (host = (select auth.uid()))
  with check (host = (select auth.uid())
    and (recipe is null or exists (select from public.recipes r where r.id = menus.recipe)));
{more}
"""
AUTHORS = """create policy authors on public.menus for select to authenticated
  using (exists (select from public.recipes r where r.id = menus.recipe and r.cook = (select auth.uid())));"""
BESIDE = """create table public.pictures (id uuid primary key default gen_random_uuid(), pixels bytea);
alter table public.pictures enable row level security;
alter table public.menus add picture uuid references public.pictures on delete cascade;"""
ONE_OF = "alter table public.menus add check (recipe is not null or plan = 'none');"
BLIND = """create policy blind on public.menus for insert to authenticated
  with check (host = (select auth.uid()));"""
GOES, SHOWN = "on delete cascade", "shared or"
SYSTEMS = {
    "goes": (("", GOES, "not null", SHOWN, ""), Status.FAILED),
    "stays without": (("", "on delete set null", "not null", SHOWN, ""), Status.PASSED),
    # What cannot be without another may be a part of it.
    "cannot be without": (("not null", GOES, "not null", SHOWN, ""), Status.PASSED),
    "has to be of something": (("", GOES, "not null", SHOWN, ONE_OF), Status.PASSED),
    "of one of several": (("", GOES, "not null", SHOWN, BESIDE), Status.PASSED),
    # Whoever sees it was given it, as a post is given comments.
    "its author reads it": (("", GOES, "not null", SHOWN, AUTHORS), Status.PASSED),
    # A mark on a recipe says nothing without it.
    "says nothing by itself": (("", GOES, "", SHOWN, ""), Status.PASSED),
    # Nobody can have made anything of what only its author sees.
    "of hidden ones": (("", GOES, "not null", "", ""), Status.PASSED),
    "of hidden ones by their keys": (("", GOES, "not null", "", BLIND), Status.PASSED),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_what_somebody_made_of_a_public_thing(server, tmp_path, what):
    (null, act, said, shown, more), status = SYSTEMS[what]
    made = RECIPES.format(null=null, act=act, said=said, shown=shown, more=more)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO004"))["public.recipes"]
        assert found.status is status, found.detail
        if status is Status.FAILED:
            assert "destroyed alice's row in public.menus" in found.detail
            seen = replay(target, found.reproduce, marks(found.detail))
            assert seen.got, (seen, found.reproduce)


TEAMS = """
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (
  team_id uuid not null references public.teams, user_id uuid not null references auth.users, primary key (team_id, user_id));
create function public.is_in(t uuid) returns boolean language sql stable security definer set search_path = ''
  return exists (select from public.team_members m where m.team_id = t and m.user_id = auth.uid());
create table public.forms (
  id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams,
  body text not null, visibility text not null default 'team' check (visibility in ('team', 'public')));
create table public.surveys (
  id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams,
  form_id uuid references public.forms on delete cascade, question text not null);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.forms enable row level security;
alter table public.surveys enable row level security;
create policy shown on public.forms for select to authenticated using (visibility = 'public' or public.is_in(team_id));
create policy own on public.forms for all to authenticated using (public.is_in(team_id)) with check (public.is_in(team_id));
create policy own on public.surveys for all to authenticated using (public.is_in(team_id))
  with check (public.is_in(team_id) and exists (select from public.forms f where f.id = form_id {of}));
"""


@pytest.mark.parametrize(
    ("of", "status"), [("", Status.FAILED), ("and f.team_id = surveys.team_id", Status.PASSED)]
)
def test_what_a_team_made_of_a_public_thing_of_another(server, tmp_path, of, status):
    with system(server, tmp_path, TEAMS.format(of=of)) as target:
        found = by_subject(judged(target, "ISO004"))["public.forms"]
    assert found.status is status, found.detail


RUNS = """
create table public.routes (
  id uuid primary key default gen_random_uuid(), scout uuid not null default auth.uid() references auth.users,
  line text not null, shared boolean not null default false);
create table public.runs (
  id bigint generated always as identity primary key, runner uuid not null default auth.uid() references auth.users,
  route uuid references public.routes on delete cascade, {says}, feeling text);
alter table public.routes enable row level security;
alter table public.runs enable row level security;
create policy shown on public.routes for select to authenticated using (shared or scout = (select auth.uid()));
create policy own on public.routes for all to authenticated
  using (scout = (select auth.uid())) with check (scout = (select auth.uid()));
create policy own on public.runs for all to authenticated using (runner = (select auth.uid()))
  with check (runner = (select auth.uid()) and ({free} exists (select from public.routes r where r.id = runs.route)));
{more}
"""
FREE = "route is null or"
LAPS = """create table public.laps (
  run bigint not null references public.runs on delete cascade, lap int not null, primary key (run, lap));
alter table public.laps enable row level security;"""
LENGTH = "metres int not null"
NUMBERED = {
    "any run may be along none": ((LENGTH, FREE, ""), Status.FAILED),
    "laps are below it": ((LENGTH, "", LAPS), Status.FAILED),
    # A number alone may be how many stars a route has.
    "a number about a route": ((LENGTH, "", ""), Status.PASSED),
    "it need not say anything": (("metres int", FREE, LAPS), Status.PASSED),
    "it says the same by default": (("metres int not null default 1", FREE, LAPS), Status.PASSED),
}


@pytest.mark.parametrize("what", NUMBERED)
def test_what_counts_by_itself(server, tmp_path, what):
    (says, free, more), status = NUMBERED[what]
    with system(server, tmp_path, RUNS.format(says=says, free=free, more=more)) as target:
        found = by_subject(judged(target, "ISO004"))["public.routes"]
    assert found.status is status, found.detail
