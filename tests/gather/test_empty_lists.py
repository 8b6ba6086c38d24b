"""Who holds no right at all is not taken for one who holds every right that a row needs."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SAMPLES = """
create table public.labs (id uuid primary key default gen_random_uuid(), head uuid not null default auth.uid() references auth.users, name text not null);
create table public.lab_staff (
  lab_id uuid not null references public.labs, user_id uuid not null references auth.users,
  {held} text[] not null default '{{}}', primary key (lab_id, user_id));
create table public.samples (
  id uuid primary key default gen_random_uuid(), lab_id uuid not null references public.labs,
  taken_by uuid not null default auth.uid() references auth.users, needed text[] not null default '{{}}',
  findings text not null, sealed boolean not null default true);
alter table public.labs enable row level security;
alter table public.lab_staff enable row level security;
alter table public.samples enable row level security;
create policy own on public.labs to authenticated using (head = auth.uid());
create policy own on public.lab_staff for select to authenticated using (user_id = auth.uid());
create policy own on public.samples to authenticated using (taken_by = auth.uid());
create policy staff on public.samples for select to authenticated using (not sealed and exists (
  select from public.lab_staff s where s.lab_id = samples.lab_id and s.user_id = auth.uid() and {asked}));
"""
SYSTEMS = {
    "all that is needed is held": ("trained", "samples.needed <@ s.trained", Status.PASSED),
    "all that is held is needed": ("trained", "samples.needed @> s.trained", Status.FAILED),
    "nothing is needed that is barred": ("barred", "not samples.needed && s.barred", Status.PASSED),
    "one of them is held": ("trained", "samples.needed && s.trained", Status.PASSED),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_who_holds_nothing_reads_nothing_that_needs_something(server, tmp_path, what):
    held, asked, status = SYSTEMS[what]
    with system(server, tmp_path, SAMPLES.format(held=held, asked=asked), profile="supabase") as target:
        finding = by_subject(judged(target, "ISO001"))["public.samples"]
    assert finding.status is status, finding.detail
    if status is Status.FAILED:
        assert "trained = '{}'" in finding.detail + (finding.reproduce or "")
