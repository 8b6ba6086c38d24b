"""A function is not broken, nor proven, for want of a table that another migration would have made, or of rows."""

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

DIARIES = """
create table public.diaries (id uuid primary key, user_id uuid not null references auth.users, entry text);
alter table public.diaries enable row level security;
create policy own on public.diaries to authenticated using (user_id = auth.uid());
"""
KEEPING = """
create table public.keepsakes (id uuid primary key references public.nowhere, kept_until timestamptz);
create function public.clear_keepsakes() returns void language plpgsql security definer set search_path = '' as $$
begin delete from public.keepsakes where kept_until < now(); end $$;
create function public.clear_drawers() returns void language plpgsql security definer set search_path = '' as $$
begin delete from public.drawers where kept_until < now(); end $$;
"""


def test_what_lacks_a_table_of_a_file_that_failed_is_unknown_and_what_lacks_any_other_is_broken(
    server, tmp_path
):
    with system(server, tmp_path, DIARIES, KEEPING) as target:
        found = by_subject(judged(target, "ISO005"))
    unbuilt, broken = found["public.clear_keepsakes()"], found["public.clear_drawers()"]
    assert unbuilt.status is Status.UNKNOWN, unbuilt.detail
    assert "for want of relation public.keepsakes" in unbuilt.detail
    assert broken.status is Status.FAILED
    assert 'relation "public.drawers" does not exist' in broken.detail


VAULTS = """
create table public.vaults (
  id uuid primary key, keeper uuid not null references auth.users, worth text not null, check (worth = 'none' and worth = 'much'));
alter table public.vaults enable row level security;
create policy own on public.vaults to authenticated using (keeper = auth.uid());
create function public.worth_of(vault uuid) returns text language sql stable security definer set search_path = '' as $$
  select v.worth from public.vaults v where v.id = vault $$;
"""


def test_what_looks_at_a_table_in_which_nobody_has_a_row_is_unknown(server, tmp_path):
    with system(server, tmp_path, DIARIES, VAULTS) as target:
        finding = by_subject(judged(target, "ISO005"))["public.worth_of(vault uuid)"]
    assert finding.status is Status.UNKNOWN, finding.detail
    assert "no row could be made in public.vaults" in finding.detail
