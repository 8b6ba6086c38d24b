"""A word that somebody sets in a row of his own acts on what hangs on that row, and on nothing called alike."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

AUCTIONS = """
create table public.auctions (
  id uuid primary key default gen_random_uuid(), seller uuid not null default auth.uid() references auth.users,
  lot_number text not null, phase text not null default 'draft' {check}, unique (seller, lot_number));
create table public.remarks (
  id uuid primary key default gen_random_uuid(), auction uuid not null references public.auctions,
  author uuid not null default auth.uid() references auth.users, lot_number text not null, said text not null);
alter table public.auctions enable row level security;
alter table public.remarks enable row level security;
create policy own on public.auctions for select to authenticated using (seller = auth.uid());
create policy made on public.auctions for insert to authenticated with check (seller = auth.uid());
create policy moved on public.auctions for update to authenticated using (seller = auth.uid());
create policy own on public.remarks for select to authenticated using (author = auth.uid());
create policy made on public.remarks for insert to authenticated with check (author = auth.uid());
create function public.moved() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.phase = 'void' {asked} then delete from public.remarks r where {which}; end if;
  return new;
end $$;
create trigger moved after update on public.auctions for each row execute function public.moved();
revoke all on public.auctions, public.remarks from anon, authenticated;
grant select on public.auctions, public.remarks to authenticated;
grant insert (lot_number), update (phase) on public.auctions to authenticated;
grant insert (auction, lot_number, said) on public.remarks to authenticated;
"""
CLOSED = "check (phase in ('draft', 'open', 'void'))"
OPENED = "and old.phase = 'open'"
ALIKE, OWN = "r.lot_number = new.lot_number", "r.auction = new.id"


@pytest.mark.parametrize("check", [CLOSED, ""], ids=["a closed list", "any word"])
@pytest.mark.parametrize("asked", [OPENED, ""], ids=["from one word to another", "whatever it was"])
@pytest.mark.parametrize(("which", "status"), [(ALIKE, Status.FAILED), (OWN, Status.PASSED)])
def test_what_is_called_alike_stays_as_it_is(server, tmp_path, which, asked, check, status):
    with system(server, tmp_path, AUCTIONS.format(which=which, asked=asked, check=check)) as target:
        found = by_subject(judged(target, "ISO004"))["public.auctions"]
        again = replay(target, found.reproduce, marks(found.detail)) if status is Status.FAILED else None
    assert found.status is status, found.detail
    if again:
        assert "destroyed" in found.detail or "deleted" in found.detail, found.detail
        assert again.got, again
