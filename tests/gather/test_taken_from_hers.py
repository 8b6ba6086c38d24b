"""What a function takes from whatever row it is told, as it asked after another one, is taken from others."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

PRINTERS = """
create table public.shops (id bigint generated always as identity primary key, name text not null);
create table public.patrons (
  id bigint generated always as identity primary key, shop_id bigint not null references public.shops,
  user_id uuid not null references auth.users, unique (shop_id, user_id));
create table public.purses (
  id bigint generated always as identity primary key, patron_id bigint not null references public.patrons,
  pages int not null {start} check (pages >= 0));
create table public.papers (
  id bigint generated always as identity primary key, shop_id bigint not null references public.shops,
  pages int not null check (pages > 0));
alter table public.shops enable row level security;
alter table public.patrons enable row level security;
alter table public.purses enable row level security;
alter table public.papers enable row level security;
create policy own on public.patrons for select to authenticated using (user_id = auth.uid());
create policy own on public.purses for select to authenticated
  using (exists (select from public.patrons p where p.id = purses.patron_id and p.user_id = auth.uid()));
create policy own on public.papers for select to authenticated
  using (exists (select from public.patrons p where p.shop_id = papers.shop_id and p.user_id = auth.uid()));
create function public.print(patron bigint, purse bigint, paper bigint) returns void
language plpgsql security definer set search_path = '' as $$
declare mine public.patrons; wanted int; there int;
begin
  select * into mine from public.patrons p where p.id = patron and p.user_id = auth.uid();
  if mine.id is null then raise 'not yours' using errcode = '42501'; end if;
  select a.pages into wanted from public.papers a where a.id = paper and a.shop_id = mine.shop_id;
  if wanted is null then raise 'no such paper'; end if;
  {taken}
end $$;
revoke insert, update, delete, truncate on all tables in schema public from anon, authenticated;
"""
AT_ONCE = """update public.purses u set pages = u.pages - wanted where u.id = purse and u.pages >= wanted {whose};
  if not found then raise 'not enough'; end if;"""
AFTERWARDS = """select u.pages into there from public.purses u where u.id = purse {whose} for update;
  if there is null or there < wanted then raise 'not enough'; end if;
  update public.purses set pages = there - wanted where id = purse;"""


@pytest.mark.parametrize("taken", [AT_ONCE, AFTERWARDS], ids=["at once", "afterwards"])
@pytest.mark.parametrize("start", ["", "default 0", "default 20"], ids=["said", "nothing", "some"])
@pytest.mark.parametrize(
    ("whose", "status"),
    [("", Status.FAILED), ("and u.patron_id = patron", Status.PASSED)],
    ids=["any", "own"],
)
def test_one_argument_is_asked_after_and_another_pays(server, tmp_path, taken, start, whose, status):
    made = PRINTERS.format(start=start, taken=taken.format(whose=whose))
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO005"))
    (said,) = [one for subject, one in found.items() if subject.startswith("public.print")]
    assert said.status is status, said.detail


STALLS = """
create table public.stalls (id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users);
create table public.crops (
  id uuid primary key default gen_random_uuid(), stall_id uuid not null references public.stalls, name text not null,
  crates int not null check (crates >= 0));
create table public.orders (
  id uuid primary key default gen_random_uuid(), crop_id uuid not null references public.crops,
  buyer_id uuid not null references auth.users, crates int not null check (crates > 0));
alter table public.stalls enable row level security;
alter table public.crops enable row level security;
alter table public.orders enable row level security;
create policy market on public.stalls for select to anon, authenticated using (true);
create policy market on public.crops for select to anon, authenticated using (true);
create policy directory on public.crops for select to anon, authenticated using (true);
create policy own on public.orders for select to authenticated using (buyer_id = auth.uid());
create function public.buy(crop uuid, n int) returns void language plpgsql security definer set search_path = '' as $$
begin
  if n < 1 then raise 'none'; end if;
  update public.crops c set crates = c.crates - n where c.id = crop and c.crates >= n;
  if not found then raise 'sold out'; end if;
  insert into public.orders (crop_id, buyer_id, crates) values (crop, auth.uid(), n);
end $$;
revoke insert, update, delete, truncate on all tables in schema public from anon, authenticated;
"""


def test_what_is_sold_to_whoever_orders_is_taken_from_nobody(server, tmp_path):
    with system(server, tmp_path, STALLS) as target:
        found = by_subject(judged(target, "ISO005"))
    (said,) = [one for subject, one in found.items() if subject.startswith("public.buy")]
    assert said.status is Status.PASSED, said.detail
