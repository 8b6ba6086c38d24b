"""Whoever writes himself what an invitation names is let in by it, where nothing else vouches for that."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import judged, system

ROOMS = """
create table public.people (
  id uuid primary key references auth.users, {mine} text not null default '', proved text not null default '');
create table public.rooms (id uuid primary key default gen_random_uuid(), title text not null);
create table public.seats (
  room_id uuid not null references public.rooms, user_id uuid not null references auth.users, primary key (room_id, user_id));
create table public.calls (
  id uuid primary key default gen_random_uuid(), room_id uuid not null references public.rooms, {hers} text not null,
  taken_at timestamptz);
create table public.papers (
  id uuid primary key default gen_random_uuid(), room_id uuid not null references public.rooms, body text not null);
create function public.sits(r uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.seats s where s.room_id = r and s.user_id = auth.uid()) $$;
{functions}
revoke insert, update, delete on all tables in schema public from anon, authenticated;
alter table public.people enable row level security;
alter table public.rooms enable row level security;
alter table public.seats enable row level security;
alter table public.calls enable row level security;
alter table public.papers enable row level security;
create policy own on public.people for select to authenticated using (id = auth.uid());
create policy edit on public.people for update to authenticated using (id = auth.uid()) with check (id = auth.uid());
create policy own on public.rooms for select to authenticated using (public.sits(id));
create policy own on public.seats for select to authenticated using (public.sits(room_id));
create policy own on public.calls for select to authenticated using (public.sits(room_id));
create policy own on public.papers for select to authenticated using (public.sits(room_id));
grant update ({mine}) on public.people to authenticated;
"""
LOOKED_UP = """
create function public.my_name() returns text language sql stable security definer set search_path = '' as
$$ select lower(p.{asked}) from public.people p where p.id = auth.uid() $$;
create function public.take(c uuid) returns void language plpgsql security definer set search_path = '' as
$$ declare r uuid;
begin
  update public.calls set taken_at = now()
   where id = c and taken_at is null and lower(calls.{hers}) = public.my_name() returning room_id into r;
  if r is not null then insert into public.seats values (r, auth.uid()) on conflict do nothing; end if;
end $$;
"""
JOINED = """
create function public.take(r uuid) returns void language plpgsql security definer set search_path = '' as
$$ begin
  if exists (select from public.calls c join public.people p on c.{hers} = p.{asked}
             where c.room_id = r and p.id = auth.uid()) then
    insert into public.seats values (r, auth.uid()) on conflict do nothing;
  end if;
end $$;
"""


@pytest.mark.parametrize("functions", [LOOKED_UP, JOINED], ids=["looked up", "joined"])
@pytest.mark.parametrize(("mine", "hers"), [("email", "email"), ("handle", "nickname")])
@pytest.mark.parametrize("vouched", [False, True], ids=["own word", "proved"])
def test_a_name_of_ones_own_choice_takes_no_invitation(server, tmp_path, functions, mine, hers, vouched):
    asked = "proved" if vouched else mine
    made = ROOMS.format(mine=mine, hers=hers, functions=functions.format(asked=asked, hers=hers))
    with system(server, tmp_path, made) as target:
        failed = [one for one in judged(target, "ISO006").findings if one.status is Status.FAILED]
    assert bool(failed) is not vouched, failed
    if failed:
        assert "take" in failed[0].subject
        assert "public.people" in failed[0].reproduce
