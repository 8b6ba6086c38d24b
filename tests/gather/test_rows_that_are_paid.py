"""That money was given or is owed shows nobody a row beside those whom it concerns."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

REPAIRS = """
create table public.repairs (
  id uuid primary key default gen_random_uuid(), owner uuid not null default auth.uid() references auth.users,
  workshop uuid not null references auth.users, fault text not null, refunded boolean not null default false,
  state text not null default 'open' check (state in ('open', 'refunded', 'listed')));
alter table public.repairs enable row level security;
create policy shown on public.repairs for select to authenticated using (owner = (select auth.uid()) or {shown});
"""
SYSTEMS = {
    "refunded": Status.FAILED,
    "state = 'refunded'": Status.FAILED,
    "(workshop = (select auth.uid()) and refunded)": Status.PASSED,
    "state = 'listed'": Status.PASSED,
}


@pytest.mark.parametrize("shown", SYSTEMS)
def test_a_row_that_was_refunded_is_whose_it_was(server, tmp_path, shown):
    with system(server, tmp_path, REPAIRS.format(shown=shown)) as target:
        found = by_subject(judged(target, "ISO001"))["public.repairs"]
    assert found.status is SYSTEMS[shown], found.detail
