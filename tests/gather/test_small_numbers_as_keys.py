"""Rows that are told apart by small numbers are made for everybody."""

import pytest

from pytest_readiness.evidence.population import Population
from pytest_readiness.run.prepare import open_store
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LOCKERS = """
create table public.lockers (
  no smallint primary key, renter uuid not null unique references auth.users, code text not null);
create table public.parcels (
  locker smallint not null references public.lockers, slot smallint not null, note text not null,
  primary key (locker, slot));
alter table public.lockers enable row level security;
alter table public.parcels enable row level security;
create policy own on public.lockers using (renter = auth.uid());
create policy own on public.parcels
  using ({asked} exists (select from public.lockers l where l.no = locker and l.renter = auth.uid()));
"""


@pytest.mark.parametrize(("asked", "status"), [("", Status.PASSED), ("slot > 0 or", Status.FAILED)])
def test_each_has_a_row_of_his_own(server, tmp_path, asked, status):
    with system(server, tmp_path, LOCKERS.format(asked=asked), profile="supabase") as target:
        population = open_store(target, target.run_directory).get(Population)
        numbers = {population.row("public.lockers", who).stored["no"] for who in ("alice", "bob", "carol")}
        assert (population.unfilled, len(numbers)) == ({}, 3)
        for check in ("ISO001", "ISO002", "ISO004"):
            found = by_subject(judged(target, check))
            assert found["public.lockers"].status is Status.PASSED, found["public.lockers"].detail
            assert found["public.parcels"].status is status, found["public.parcels"].detail
