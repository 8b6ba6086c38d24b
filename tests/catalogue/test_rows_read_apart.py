"""Rows that name no owner are read by those whom a list beside them names: two users read none in common."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

TENDERS = """
create table public.calls (id uuid primary key default gen_random_uuid(), subject text not null, open boolean not null default true);
create table public.bids (
  id uuid primary key default gen_random_uuid(), call_id uuid not null references public.calls,
  bidder uuid not null default auth.uid() references auth.users, sum numeric not null);
create table public.news (
  id bigint generated always as identity primary key, call_id uuid not null references public.calls,
  said text not null, data jsonb not null default '{{}}', at timestamptz not null default now());
create function public.bade(c uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.bids b where b.call_id = c and b.bidder = auth.uid()) $$;
create function public.told() returns trigger language plpgsql security definer set search_path = '' as
$$ begin insert into public.news (call_id, said) values (new.call_id, 'a bid'); return null; end $$;
create trigger told after insert on public.bids for each row execute function public.told();
alter table public.calls enable row level security;
alter table public.bids enable row level security;
alter table public.news enable row level security;
create policy "open calls are listed" on public.calls for select to authenticated using (open);
create policy own on public.bids for select to authenticated using (bidder = auth.uid());
create policy bid on public.bids for insert to authenticated with check (bidder = auth.uid());
create policy followed on public.news for select to authenticated using ({asked});
"""


BIDDERS = "exists (select from public.bids b where b.bidder = auth.uid())"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("public.bade(call_id)", Status.PASSED),
        # Whoever made any bid reads of all calls, and nothing tells whether that is meant.
        (BIDDERS, Status.UNKNOWN),
        # Each reads other rows than the other, and none of his own.
        (f"not public.bade(call_id) and {BIDDERS}", Status.UNKNOWN),
    ],
    ids=["of their calls", "of all", "of those of others"],
)
def test_what_each_reads_apart_is_isolated(server, tmp_path, asked, status):
    with system(server, tmp_path, TENDERS.format(asked=asked)) as target:
        found = by_subject(judged(target, "ISO001"))["public.news"]
    assert found.status is status, found.detail
    assert ("neither reads" in found.detail) is (status is Status.PASSED)
