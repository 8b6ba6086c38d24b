"""Of a row that names two people, whoever it is compared with is its owner, and the other somebody else."""

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MUTES = """
create table public.mutes (
  muter uuid not null default auth.uid() references auth.users, muted uuid not null references auth.users,
  primary key (muter, muted), check (muter <> muted));
create table public.tunes (
  id uuid primary key default gen_random_uuid(), author uuid not null default auth.uid() references auth.users,
  title text not null);
create function public.mute_between(other uuid) returns boolean language sql stable security definer
set search_path = '' as $$
  select exists (select from public.mutes m
    where (m.muter, m.muted) in ((auth.uid(), other), (other, auth.uid()))) $$;
alter table public.mutes enable row level security;
alter table public.tunes enable row level security;
create policy own on public.mutes to authenticated using (muter = auth.uid()) with check (muter = auth.uid());
create policy own on public.tunes to authenticated
  using (author = auth.uid() and not public.mute_between(author)) with check (author = auth.uid());
"""


def test_the_one_whom_a_policy_asks_for_is_the_owner(server, tmp_path):
    with system(server, tmp_path, MUTES) as target:
        found = by_subject(judged(target, "ISO001"))["public.mutes"]
    assert found.status is Status.PASSED, found.detail
