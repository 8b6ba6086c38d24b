"""A function that spells what it is given its own way meets rows that are spelt so, as if they came through it."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

BICYCLES = """
create table public.bicycles (
  id uuid primary key default gen_random_uuid(), owner uuid not null references auth.users,
  frame text not null unique, colour text not null);
create table public.receipts (
  bicycle uuid primary key references public.bicycles on delete cascade, shop text not null);
alter table public.bicycles enable row level security;
alter table public.receipts enable row level security;
create policy mine on public.bicycles for select using (owner = auth.uid());
create policy mine on public.receipts for select using (
  exists (select from public.bicycles b where b.id = bicycle and b.owner = auth.uid()));
create function public.declare("pFrame" text, colour text) returns void language sql security definer
  set search_path = '' as $$
  insert into public.bicycles as b (owner, frame, colour) values (auth.uid(), {frame}, $2)
  on conflict (frame) do update set colour = excluded.colour{change} $$;
"""
CAPITALS = 'upper("pFrame")'
TAKES = ", owner = excluded.owner"
KEEPS = " where b.owner = auth.uid()"


@pytest.mark.parametrize(
    "frame", ["$1", CAPITALS, f"replace({CAPITALS}, '-', '')", "lpad(trim(\"pFrame\"), 30, '0')"]
)
@pytest.mark.parametrize("change", [TAKES, KEEPS])
def test_a_frame_number_is_its_first_owners_however_it_is_spelt(server, tmp_path, frame, change):
    with system(server, tmp_path, BICYCLES.format(frame=frame, change=change), profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))['public.declare("pFrame" text, colour text)']
    assert found.status is (Status.FAILED if change == TAKES else Status.PASSED), found.detail
