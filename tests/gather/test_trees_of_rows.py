"""Rows that refer to their own table are no parents of themselves, and policies that climb up to a root end."""

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

FOLDERS = """
create table public.folders (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users,
  parent_id uuid references public.folders, name text not null);
create function public.root_owner(f uuid) returns uuid language sql stable security definer set search_path = '' as $$
  with recursive up as (
    select id, parent_id, owner_id from public.folders where id = f
    union all
    select p.id, p.parent_id, p.owner_id from public.folders p join up on up.parent_id = p.id)
  select owner_id from up where parent_id is null $$;
alter table public.folders enable row level security;
create policy own on public.folders using (public.root_owner(id) = auth.uid()) with check (owner_id = auth.uid());
"""


def test_a_tree_has_roots(server, tmp_path):
    with system(server, tmp_path, FOLDERS, profile="supabase") as target:
        finding = by_subject(judged(target, "ISO001"))["public.folders"]
    assert finding.status is Status.PASSED, finding.detail
