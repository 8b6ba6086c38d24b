"""What somebody may read in tables is no secret in what is made of them; what is made for all to see is none."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SHOP = """
create table public.goods (
  id uuid primary key default gen_random_uuid(), seller uuid not null references auth.users, name text not null,
  active boolean not null default true);
create table public.orders (
  id uuid primary key default gen_random_uuid(), buyer uuid not null references auth.users,
  good uuid not null references public.goods, address text not null, amount int not null default 1);
alter table public.goods enable row level security;
alter table public.orders enable row level security;
create policy shelf on public.goods for select using (active);
create policy own on public.orders for select to authenticated using (buyer = auth.uid());
create materialized view public.bestsellers as
  select g.id, {shown} as shown, sum(o.amount) as sold from public.orders o join public.goods g on g.id = o.good group by 1, 2;
revoke all on all tables in schema public from anon, authenticated;
grant select on public.goods, public.orders, public.bestsellers to authenticated;
"""


@pytest.mark.parametrize(("shown", "status"), [("g.name", Status.PASSED), ("o.address", Status.FAILED)])
def test_a_list_made_of_rows_tells_what_no_table_does(server, tmp_path, shown, status):
    with system(server, tmp_path, SHOP.format(shown=shown)) as target:
        found = by_subject(judged(target, "ISO001"))["public.bestsellers"]
    assert found.status is status, found.detail


RICH = """
create table public.players (id uuid primary key references auth.users, handle text not null);
create table public.purses (
  id int generated always as identity primary key, player uuid not null references auth.users, coins int not null);
alter table public.players enable row level security;
alter table public.purses enable row level security;
create policy "public profiles" on public.players for select using (true);
create policy own on public.purses for select to authenticated using (player = auth.uid());
create view public.rich as select p.id, p.handle, w.coins from public.players p join public.purses w on w.player = p.id;
revoke all on all tables in schema public from anon, authenticated;
grant select on public.players, public.purses, public.rich to authenticated;
"""


def test_a_public_name_excuses_no_number_beside_it(server, tmp_path):
    with system(server, tmp_path, RICH) as target:
        found = by_subject(judged(target, "ISO001"))["public.rich"]
    assert found.status is Status.FAILED, found.detail


FILES = """
create table public.files (
  id uuid primary key default gen_random_uuid(), bucket text not null check (bucket in ('avatars', 'papers')),
  name text not null, holder uuid not null default auth.uid() references auth.users);
alter table public.files enable row level security;
revoke all on public.files from anon, authenticated;
grant select on public.files to authenticated;
create policy own on public.files for select using (holder = auth.uid());
create policy {name} on public.files for select using (bucket {asked});
"""


@pytest.mark.parametrize(
    ("name", "asked", "status"),
    [
        ("public_avatars", "= 'avatars'", Status.PASSED),
        ("some_avatars", "= 'avatars'", Status.FAILED),
        ("public_files", "in ('avatars', 'papers')", Status.FAILED),
    ],
    ids=["called public", "not called so", "all that there are"],
)
def test_rows_of_a_kind_that_a_policy_calls_public_are(server, tmp_path, name, asked, status):
    with system(server, tmp_path, FILES.format(name=name, asked=asked)) as target:
        found = by_subject(judged(target, "ISO001"))["public.files"]
    assert found.status is status, found.detail


CHATS = """
create table public.chats (id uuid primary key default gen_random_uuid(), kind text not null default 'direct');
create table public.chatters (
  chat uuid not null references public.chats, who uuid not null references auth.users{more}, primary key (chat, who));
alter table public.chats enable row level security;
alter table public.chatters enable row level security;
revoke all on public.chats, public.chatters from anon, authenticated;
grant select on public.chats, public.chatters to authenticated;
create policy mine on public.chatters for select using (who = auth.uid());
create policy mine on public.chats for select using (exists (select 1 from public.chatters c where c.chat = id));
create function public.open_chat(peer uuid) returns uuid language plpgsql security definer set search_path = '' as $$
declare made uuid;
begin
  insert into public.chats default values returning id into made;
  insert into public.chatters values {who};
  return made;
end $$;
"""


BOTH, PEER = "(made, auth.uid()), (made, peer)", "(made, peer)"
OWES = ", amount int not null default 7"
SIGNED = ", signed_at timestamptz default now()"


@pytest.mark.parametrize(
    ("who", "more", "status"),
    [
        (BOTH, "", Status.PASSED),
        (PEER, "", Status.FAILED),
        (BOTH, OWES, Status.FAILED),
        (BOTH, SIGNED, Status.FAILED),
    ],
    ids=["both", "somebody else alone", "who owes something", "who signed"],
)
def test_who_opens_a_chat_with_somebody_forges_nothing(server, tmp_path, who, more, status):
    with system(server, tmp_path, CHATS.format(who=who, more=more)) as target:
        found = by_subject(judged(target, "ISO005"))["public.open_chat(peer uuid)"]
    assert found.status is status, found.detail


CIRCLES = """
create table public.circles (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null default auth.uid() references auth.users, name text not null);
create table public.circle_people (
  circle_id uuid not null references public.circles, user_id uuid not null references auth.users,
  primary key (circle_id, user_id));
alter table public.circles enable row level security;
alter table public.circle_people enable row level security;
revoke all on public.circles, public.circle_people from anon, authenticated;
grant select, insert, update on public.circles, public.circle_people to authenticated;
create policy own on public.circles using (owner_id = auth.uid());
create policy keeps on public.circle_people using (
  exists (select 1 from public.circles c where c.id = circle_id and c.owner_id = auth.uid()));
create policy sees on public.circle_people for select using (user_id = auth.uid());
"""


def test_who_lists_somebody_in_what_is_his_forges_nothing(server, tmp_path):
    with system(server, tmp_path, CIRCLES) as target:
        found = by_subject(judged(target, "ISO003"))["public.circle_people"]
    assert found.status is Status.PASSED, found.detail
