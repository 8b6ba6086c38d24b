"""Who is in no tenant does not share rows with all others who are in none, unless policies say so."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

TRIPS = """
create table public.depots (id uuid primary key default gen_random_uuid(), name text not null);
create table public.drivers (
  user_id uuid primary key references auth.users, depot_id uuid references public.depots, plate text not null);
create table public.trips (
  id uuid primary key default gen_random_uuid(), driver_id uuid not null default auth.uid() references auth.users,
  depot_id uuid references public.depots, stage text not null default 'planned' check (stage in ('planned', 'driven')),
  route text not null);
create function public.my_depot() returns uuid language sql stable security definer set search_path = '' as
$$ select depot_id from public.drivers where user_id = auth.uid() $$;
alter table public.depots enable row level security;
alter table public.drivers enable row level security;
alter table public.trips enable row level security;
create policy own on public.depots for select to authenticated using (id = public.my_depot());
create policy own on public.drivers for select to authenticated using (user_id = auth.uid());
create policy own on public.trips for select to authenticated using (driver_id = auth.uid() or ({shared}));
create policy add on public.trips for insert to authenticated
  with check (driver_id = auth.uid() and (depot_id is null or depot_id = public.my_depot()));
"""


@pytest.mark.parametrize(
    ("shared", "status"),
    [
        ("depot_id is not distinct from public.my_depot()", Status.FAILED),
        ("stage = 'driven' and depot_id is not distinct from public.my_depot()", Status.FAILED),
        ("coalesce(depot_id::text, '') = coalesce(public.my_depot()::text, '')", Status.FAILED),
        ("depot_id = public.my_depot()", Status.PASSED),
        ("stage = 'driven' and depot_id = public.my_depot()", Status.PASSED),
        # A pool of all who drive for nobody, and of nobody else, is what this says.
        ("depot_id = public.my_depot() or (depot_id is null and public.my_depot() is null)", Status.PASSED),
    ],
    ids=["not distinct", "in a stage", "coalesced", "equal", "equal in a stage", "a pool"],
)
def test_rows_in_no_tenant_are_read_by_strangers_who_are_in_none(server, tmp_path, shared, status):
    with system(server, tmp_path, TRIPS.format(shared=shared)) as target:
        found = by_subject(judged(target, "ISO001"))["public.trips"]
    assert found.status is status, found.detail
    if status is Status.FAILED:
        assert "newcomer" in found.detail


@pytest.mark.parametrize(
    ("depot", "status"),
    [
        ("depot_id is not distinct from public.my_depot()", Status.FAILED),
        ("depot_id = public.my_depot()", Status.PASSED),
    ],
)
@pytest.mark.parametrize("asked", ["true", "stage = 'driven'"])
def test_rows_in_no_tenant_are_written_by_strangers_who_are_in_none(server, tmp_path, depot, asked, status):
    write = f"""
create policy note on public.trips for update to authenticated
  using ({asked} and (driver_id = auth.uid() or {depot})) with check (true);
"""
    with system(server, tmp_path, TRIPS.format(shared="depot_id = public.my_depot()") + write) as target:
        found = by_subject(judged(target, "ISO002"))["public.trips"]
    assert found.status is status, found.detail


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ("depot_id is not distinct from public.my_depot()", Status.FAILED),
        ("depot_id = public.my_depot()", Status.PASSED),
        # What is in no tenant is for all of them: a list of what every depot has.
        ("depot_id is null or depot_id = public.my_depot()", Status.PASSED),
        ("depot_id = public.my_depot() or (depot_id is null and public.my_depot() is null)", Status.PASSED),
    ],
    ids=["not distinct", "equal", "for all", "a pool"],
)
def test_rows_that_name_nobody_are_not_for_those_outside_alone(server, tmp_path, shown, status):
    trailers = f"""
create table public.trailers (
  plate text primary key, depot_id uuid references public.depots, lock_code text not null);
alter table public.trailers enable row level security;
create policy own on public.trailers for select to authenticated using ({shown});
"""
    with system(server, tmp_path, TRIPS.format(shared="false") + trailers) as target:
        found = by_subject(judged(target, "ISO001"))["public.trailers"]
    assert found.status is status, found.detail
