"""A function that makes something new in each call tells of nobody by that."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

CLIENTS = """
create table public.clients (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null default auth.uid() references auth.users, name text not null);
create table public.numbers (id bigint generated always as identity primary key, owner_id uuid not null default auth.uid());
alter table public.clients enable row level security;
alter table public.numbers enable row level security;
create policy own on public.clients using (owner_id = auth.uid());
create policy own on public.numbers using (owner_id = auth.uid());
create function public.add_client(p_name text) returns {returns}
language plpgsql security definer set search_path = '' as $$
declare made uuid; taken boolean; n bigint;
begin
  select exists (select from public.clients c where c.name = p_name) into taken;
  insert into public.clients (name) values (p_name) returning id into made;
  insert into public.numbers default values returning id into n;
  return {reply};
end $$;
"""


@pytest.mark.parametrize(
    ("returns", "reply", "status"),
    [
        ("uuid", "made", Status.PASSED),
        ("text", "'key_' || replace(made::text, '-', '')", Status.PASSED),
        ("jsonb", "jsonb_build_object('id', made, 'number', n, 'name', p_name)", Status.PASSED),
        ("jsonb", "jsonb_build_object('id', made, 'number', n, 'known', taken)", Status.FAILED),
        ("uuid", "case when taken then made end", Status.FAILED),
    ],
    ids=["its key", "a token", "a row", "a row, and whether it is known", "nothing unless it is known"],
)
def test_only_what_follows_from_the_question_tells(server, tmp_path, returns, reply, status):
    sql = CLIENTS.format(returns=returns, reply=reply)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO007"))
    finding = found["public.add_client(p_name text)"]
    assert finding.status is status, finding.detail


PAYEES = """
create table public.wallets (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, cents bigint not null);
create table public.names (
  name text primary key, wallet_id uuid not null unique references public.wallets);
create table public.blocked (
  name text primary key references public.names, owner_id uuid not null references auth.users);
alter table public.wallets enable row level security;
alter table public.names enable row level security;
alter table public.blocked enable row level security;
create policy own on public.wallets for select using (owner_id = auth.uid());
create policy own on public.blocked for select using (owner_id = auth.uid());
create policy directory on public.names for select to authenticated using ({shown});
grant select on public.wallets, public.names, public.blocked to authenticated;
create function public.may_pay(p_name text) returns boolean
language plpgsql stable security definer set search_path = '' as $$
begin
  if not exists (select from {looked} n where n.name = p_name) then
    raise exception 'nobody is called so';
  end if;
  raise exception 'not enough';
end $$;
"""


@pytest.mark.parametrize(
    ("shown", "looked", "status"),
    [
        ("true", "public.names", Status.PASSED),
        ("true", "public.blocked", Status.FAILED),
        ("exists (select from public.wallets w where w.id = wallet_id)", "public.names", Status.FAILED),
    ],
    ids=["a directory", "names of a directory in a hidden list", "a hidden list"],
)
def test_that_somebody_is_in_a_directory_is_told_to_everybody(server, tmp_path, shown, looked, status):
    sql = PAYEES.format(shown=shown, looked=looked)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO007"))
    finding = found["public.may_pay(p_name text)"]
    assert finding.status is status, finding.detail


TAGS = """
create table public.guests (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null default auth.uid() references auth.users, name text not null);
alter table public.guests enable row level security;
create policy own on public.guests using (owner_id = auth.uid());
create function public.tag(who text, said text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if {asked} then raise exception 'no such tag: %', said; end if;
  if not exists (select from public.guests g where g.name = who and g.owner_id = auth.uid()) then
    raise exception 'no guest of yours';
  end if;
end $$;
"""


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("said not in ('shy', 'loud')", Status.PASSED),
        ("exists (select from public.guests g where g.name = who)", Status.FAILED),
    ],
    ids=["what was said", "whether she has such a guest"],
)
def test_a_refusal_that_repeats_another_argument_tells_nothing_by_that(server, tmp_path, asked, status):
    with system(server, tmp_path, TAGS.format(asked=asked), profile="supabase") as target:
        found = by_subject(judged(target, "ISO007"))
    finding = found["public.tag(who text, said text)"]
    assert finding.status is status, finding.detail
