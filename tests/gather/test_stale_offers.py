"""Who has given a thing away gives it to nobody else by what he offered before."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

BOATS = """
create table public.boats (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null default auth.uid() references auth.users,
  name text not null);
create table public.offers (
  id uuid primary key default gen_random_uuid(), boat_id uuid not null references public.boats,
  offered_by uuid not null default auth.uid() references auth.users, buyer_id uuid not null references auth.users,
  state text not null default 'open' check (state in ('open', 'taken', 'void')));
alter table public.boats enable row level security;
alter table public.offers enable row level security;
create policy own on public.boats for select to authenticated using (owner_id = auth.uid());
create policy own on public.offers for select to authenticated using (auth.uid() in (offered_by, buyer_id));
create policy offer on public.offers for insert to authenticated with check (offered_by = auth.uid()
  and exists (select from public.boats b where b.id = boat_id and b.owner_id = auth.uid()));
revoke update, delete on public.boats, public.offers from anon, authenticated;
create function public.take(p_offer uuid) returns void language plpgsql security definer set search_path = '' as $$
declare o public.offers;
begin
  select * into o from public.offers f where f.id = p_offer and f.buyer_id = auth.uid() and f.state = 'open';
  if not found then raise exception 'no such offer'; end if;
  update public.boats set owner_id = o.buyer_id where id = o.boat_id {asked};
  if not found then raise exception 'not his to give'; end if;
  update public.offers set state = 'taken' where id = o.id;
  {more}
end $$;
{beside}
"""
VOID = "update public.offers set state = 'void' where boat_id = o.boat_id and state = 'open';"
TRIGGER = """
create function public.void_offers() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  update public.offers set state = 'void' where boat_id = new.id and state = 'open';
  return new;
end $$;
create trigger void_offers after update of owner_id on public.boats
  for each row when (old.owner_id is distinct from new.owner_id) execute function public.void_offers();
"""
SYSTEMS = {
    "any offer": (("", "", ""), Status.FAILED),
    "of whoever has it": (("and owner_id = o.offered_by", "", ""), Status.PASSED),
    # Once one is taken, there are no others that could be.
    "the others are void": (("", VOID, ""), Status.PASSED),
    "a trigger voids them": (("", "", TRIGGER), Status.PASSED),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_an_offer_of_somebody_who_gave_it_away(server, tmp_path, what):
    (asked, more, beside), status = SYSTEMS[what]
    with system(server, tmp_path, BOATS.format(asked=asked, more=more, beside=beside)) as target:
        found = by_subject(judged(target, "ISO005"))["public.take(p_offer uuid)"]
        assert found.status is status, found.detail
        if status is Status.FAILED:
            assert "by what somebody offered in public.offers who gave it to her" in found.detail
            seen = replay(target, found.reproduce, marks(found.detail))
            assert seen.got, (seen, found.reproduce)
