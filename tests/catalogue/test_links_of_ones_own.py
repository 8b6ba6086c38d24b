"""A link opens what its row refers to: one of bob's own is tried on what is hers."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

BOARDS = """
create table public.boards (
  id uuid primary key default gen_random_uuid(), owner uuid not null references auth.users, motto text not null);
create table public.shares (
  id uuid primary key default gen_random_uuid(), board uuid not null references public.boards,
  share_token uuid not null default gen_random_uuid(), ends_at timestamptz not null);
alter table public.boards enable row level security;
alter table public.shares enable row level security;
grant select on public.shares to authenticated;
create policy own on public.shares for select to authenticated using (
  board in (select b.id from public.boards b where b.owner = auth.uid()));
create function public.holds(key uuid, place uuid) returns boolean language sql stable security definer
  set search_path = '' as
  $$ select exists (select from public.shares s where s.share_token = key and s.ends_at > now() and {tie}) $$;
revoke execute on function public.holds(uuid, uuid) from public;
create function public.put_motto(key uuid, place uuid, said text) returns void language plpgsql
  security definer set search_path = '' as $$
begin
  if not public.holds(key, place) then raise exception 'closed' using errcode = '42501'; end if;
  update public.boards set motto = said where id = place;
end $$;
"""
TIES = {"to nothing": "true", "to its board": "s.board = place"}


@pytest.mark.parametrize("tie", TIES)
def test_a_link_is_tied_to_what_it_opens(server, tmp_path, tie):
    sql = BOARDS.replace("{tie}", TIES[tie])
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))["public.put_motto(key uuid, place uuid, said text)"]
    assert found.status is (Status.FAILED if tie == "to nothing" else Status.PASSED), found.detail
