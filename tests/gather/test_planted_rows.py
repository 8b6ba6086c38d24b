"""A row of one's own is renamed into a place of somebody else's that only its text names."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SCANS = """
create table public.labs (
  id uuid primary key default gen_random_uuid(), code text not null unique, name text not null);
create table public.lab_members (
  lab_id uuid not null references public.labs, user_id uuid not null references auth.users,
  primary key (lab_id, user_id));
create table public.scans (
  id uuid primary key default gen_random_uuid(), taken_by uuid not null default auth.uid() references auth.users,
  path text not null unique, stage text not null default 'raw', note text);
create function public.in_lab(k text) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from public.lab_members m join public.labs l on l.id = m.lab_id
    where m.user_id = auth.uid() and k in (l.id::text, l.code)) $$;
alter table public.labs enable row level security;
alter table public.lab_members enable row level security;
alter table public.scans enable row level security;
create policy own on public.labs for select to authenticated using (public.in_lab(id::text));
create policy own on public.lab_members for select to authenticated using (user_id = auth.uid());
create policy see on public.scans for select to authenticated using (public.in_lab(split_part(path, '/', 1)));
create policy add on public.scans for insert to authenticated
  with check (taken_by = auth.uid() and {inserted});
create policy move on public.scans for update to authenticated
  using (taken_by = auth.uid() and public.in_lab(split_part(path, '/', 1))) with check ({updated});
revoke insert, update, delete on public.labs, public.lab_members from anon, authenticated;
"""
THERE = "public.in_lab(split_part(path, '/', 1))"
MINE = "taken_by = auth.uid()"


@pytest.mark.parametrize(
    ("inserted", "updated", "status"),
    [
        (THERE, MINE, Status.FAILED),
        (THERE, f"{MINE} and {THERE}", Status.PASSED),
        # Whoever may put rows anywhere may move his there as well.
        ("true", MINE, Status.PASSED),
        # What begins raw is refined later on.
        (f"{THERE} and stage = 'raw'", f"{MINE} and {THERE}", Status.PASSED),
    ],
    ids=["anywhere", "where he is", "put anywhere", "a stage"],
)
def test_a_row_is_renamed_into_a_folder_of_hers(server, tmp_path, inserted, updated, status):
    with system(server, tmp_path, SCANS.format(inserted=inserted, updated=updated)) as target:
        found = by_subject(judged(target, "ISO003"))["public.scans"]
    assert found.status is status, found.detail
    if status is Status.FAILED:
        assert "path from" in found.detail


BILLS = """
create table public.jobs (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, open boolean not null default false);
create table public.bills (
  id uuid primary key default gen_random_uuid(), job uuid not null references public.jobs,
  biller uuid not null references auth.users, note text not null);
alter table public.jobs enable row level security;
alter table public.bills enable row level security;
create policy own on public.jobs for select to authenticated using (owner_id = auth.uid());
create policy own on public.bills for select to authenticated using (biller = auth.uid() or {seen});
create policy bill on public.bills for insert to authenticated with check (biller = auth.uid() and {inserted});
create policy mend on public.bills for update to authenticated using (biller = auth.uid()) with check (biller = auth.uid() and {updated});
"""
HERS = "job in (select id from public.jobs)"


@pytest.mark.parametrize(
    ("seen", "inserted", "updated", "status"),
    [
        (HERS, HERS, "true", Status.FAILED),
        (HERS, HERS, HERS, Status.PASSED),
        # Whoever may bill anybody may change whom he bills.
        (HERS, "true", "true", Status.PASSED),
        # Where she reads nothing of it, nothing was put in her place.
        ("false", HERS, "true", Status.PASSED),
    ],
    ids=["anywhere", "where he may", "bills anybody", "that she never sees"],
)
def test_a_row_is_moved_below_one_of_hers(server, tmp_path, seen, inserted, updated, status):
    with system(server, tmp_path, BILLS.format(seen=seen, inserted=inserted, updated=updated)) as target:
        found = by_subject(judged(target, "ISO003"))["public.bills"]
    assert found.status is status, found.detail
    if status is Status.FAILED:
        assert "job from" in found.detail
