"""Calls that anybody may answer may be meant for everybody; what nobody asks for before one answers may not."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MURALS = """
create table public.towns (id uuid primary key default gen_random_uuid(), name text not null);
create table public.town_staff (
  town_id uuid not null references public.towns, user_id uuid not null references auth.users, primary key (town_id, user_id));
create table public.walls (
  id uuid primary key default gen_random_uuid(), town_id uuid not null references public.towns,
  motif text not null, closes_at timestamptz not null);
create table public.sketches (
  id uuid primary key default gen_random_uuid(), wall_id uuid not null references public.walls,
  painter uuid not null default auth.uid() references auth.users, idea text not null);
create function public.is_open(w uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.walls x where x.id = w and x.closes_at > now()) $$;
alter table public.towns enable row level security;
alter table public.town_staff enable row level security;
alter table public.walls enable row level security;
alter table public.sketches enable row level security;
create policy all_towns on public.towns for select to authenticated using (true);
create policy own on public.town_staff for select to authenticated using (user_id = auth.uid());
create policy w on public.walls for select to authenticated using (true);
create policy own on public.sketches for select to authenticated using (painter = auth.uid() or {staff});
create policy draw on public.sketches for insert to authenticated with check (painter = auth.uid() and {asked});
grant select on public.towns, public.town_staff, public.walls, public.sketches to authenticated;
grant insert on public.sketches to authenticated;
revoke insert, update, delete, truncate on public.towns, public.town_staff, public.walls from anon, authenticated;
{more}
"""
STAFF = "exists (select from public.walls x join public.town_staff s using (town_id) where x.id = wall_id and s.user_id = auth.uid())"
SYSTEMS = {
    "anybody may answer while it is open": ("public.is_open(wall_id)", "", Status.UNKNOWN),
    "nothing asks for what is answered": ("true", "", Status.FAILED),
    "only members may answer": (STAFF, "", Status.FAILED),
    "clients write it": (
        "public.is_open(wall_id)",
        "grant update (motif) on public.walls to authenticated;",
        Status.FAILED,
    ),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_what_everybody_reads_that_anybody_may_answer(server, tmp_path, what):
    asked, more, status = SYSTEMS[what]
    with system(
        server, tmp_path, MURALS.format(asked=asked, more=more, staff=STAFF), profile="supabase"
    ) as target:
        finding = by_subject(judged(target, "ISO001"))["public.walls"]
    assert finding.status is status, finding.detail
