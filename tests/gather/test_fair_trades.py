"""What goes from her to him for what he pays is traded; what he takes for nothing is not."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MARKET = """
create table public.holdings (
  id bigint generated always as identity primary key, holder uuid not null unique references auth.users,
  shares int not null default 50, {money} note text not null);
create table public.purchases (
  id bigint generated always as identity primary key, holding bigint not null references public.holdings,
  buyer uuid not null references auth.users, shares int not null);
alter table public.holdings enable row level security;
alter table public.purchases enable row level security;
create policy all_see on public.holdings for select to authenticated using (true);
create policy own on public.purchases for select to authenticated using (buyer = auth.uid());
revoke all on public.holdings, public.purchases from anon, authenticated;
grant select on public.holdings, public.purchases to authenticated;
create function public.buy(p_holding bigint, p_shares int) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if p_shares <= 0 then raise exception 'how many?'; end if;
  update public.holdings set shares = shares - p_shares{earned}
    where id = p_holding and holder <> auth.uid() and shares >= p_shares;
  if not found then raise exception 'no such holding'; end if;
  update public.holdings set shares = shares + p_shares{spent} where holder = auth.uid();
  insert into public.purchases (holding, buyer, shares) values (p_holding, auth.uid(), p_shares);
end $$;
revoke execute on function public.buy(bigint, int) from public;
grant execute on function public.buy(bigint, int) to authenticated;
"""
PAID = {
    "money": "cents int not null default 5000,",
    "earned": ", cents = cents + 100 * p_shares",
    "spent": ", cents = cents - 100 * p_shares",
}
FREE = {"money": "", "earned": "", "spent": ""}


@pytest.mark.parametrize(
    ("how", "status"), [(PAID, Status.PASSED), (FREE, Status.FAILED)], ids=["paid", "for nothing"]
)
def test_what_is_bought_is_taken_unless_it_is_paid(server, tmp_path, how, status):
    with system(server, tmp_path, MARKET.format(**how)) as target:
        found = by_subject(judged(target, "ISO005"))["public.buy(p_holding bigint, p_shares integer)"]
    assert found.status is status, found.detail
