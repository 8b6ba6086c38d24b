"""A row whose optional reference is refused is made without it: nobody's manager, a card with no assignee."""

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

CREWS = """
create table public.crews (id uuid primary key default gen_random_uuid(), name text not null);
create table public.hands (
  user_id uuid primary key references auth.users, crew_id uuid not null references public.crews,
  full_name text not null, chief uuid, unique (user_id, crew_id), check (chief <> user_id),
  foreign key (chief, crew_id) references public.hands (user_id, crew_id));
create table public.shifts (
  id uuid primary key default gen_random_uuid(), crew_id uuid not null, hand uuid not null default auth.uid(),
  remark text not null, foreign key (hand, crew_id) references public.hands (user_id, crew_id));
create function public.my_crew() returns uuid language sql stable security definer set search_path = '' as
$$ select crew_id from public.hands where user_id = auth.uid() $$;
alter table public.crews enable row level security;
alter table public.hands enable row level security;
alter table public.shifts enable row level security;
create policy own on public.crews for select to authenticated using (id = public.my_crew());
create policy own on public.hands for select to authenticated using (crew_id = public.my_crew());
create policy own on public.shifts for select to authenticated using (hand = auth.uid());
"""


def test_the_row_of_who_has_no_chief_is_made(server, tmp_path):
    with system(server, tmp_path, CREWS) as target:
        found = by_subject(judged(target, "ISO001"))
    told = {name: (found[name].status, found[name].detail) for name in ("public.hands", "public.shifts")}
    assert {status for status, _ in told.values()} == {Status.PASSED}, told
