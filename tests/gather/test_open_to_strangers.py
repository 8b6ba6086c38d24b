"""Rows that a policy shows to all, whatever they ask: nothing tells whether that is meant."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SHOPS = """
create table public.shops (
  id uuid primary key default gen_random_uuid(), keeper uuid not null default auth.uid() references auth.users,
  title text not null, closed_at timestamptz);
create table public.accounts (
  shop uuid primary key references public.shops, keeper uuid not null references auth.users, number text not null);
alter table public.shops enable row level security;
alter table public.accounts enable row level security;
revoke all on public.shops, public.accounts from anon, authenticated;
grant select on public.shops, public.accounts to authenticated;
grant select on public.shops to {strangers};
create policy own on public.shops to authenticated using (keeper = auth.uid());
create policy own on public.accounts to authenticated using (keeper = auth.uid());
create policy open_shops on public.shops for select to {strangers} using ({condition});
"""


@pytest.mark.parametrize(
    ("strangers", "condition", "status"),
    [
        ("anon, authenticated", "closed_at is null", Status.UNKNOWN),
        ("authenticated", "closed_at is null", Status.FAILED),
        ("anon, authenticated", "keeper is distinct from (select auth.uid())", Status.FAILED),
    ],
    ids=["chosen for strangers", "for users alone", "which asks who reads"],
)
def test_what_grants_single_out_for_strangers_may_be_meant(server, tmp_path, strangers, condition, status):
    with system(server, tmp_path, SHOPS.format(strangers=strangers, condition=condition)) as target:
        found = by_subject(judged(target, "ISO001"))["public.shops"]
    assert found.status is status, found.detail


GUILDS = """
create table public.players (id uuid primary key references auth.users, handle text not null);
create table public.guilds (id uuid primary key default gen_random_uuid(), banner text not null);
create table public.guild_roster (
  guild uuid not null references public.guilds, player uuid not null references public.players,
  left_at timestamptz, primary key (guild, player));
create table public.plans (
  id uuid primary key default gen_random_uuid(), guild uuid not null references public.guilds, text text not null);
create function public.in_guild(g uuid) returns boolean language sql stable security definer set search_path = ''
  as $$ select exists (select 1 from public.guild_roster r where r.guild = g and r.player = auth.uid()) $$;
alter table public.players enable row level security;
alter table public.guilds enable row level security;
alter table public.guild_roster enable row level security;
alter table public.plans enable row level security;
revoke all on all tables in schema public from anon, authenticated;
grant select on all tables in schema public to authenticated;
create policy "public profiles" on public.players for select using (true);
create policy guilds on public.guilds for select using ({guilds});
create policy roster on public.guild_roster for select using (left_at is null);
create policy plans on public.plans for select using (public.in_guild(guild));
"""


@pytest.mark.parametrize(
    ("guilds", "status"),
    [("true", Status.UNKNOWN), ("public.in_guild(id)", Status.FAILED)],
    ids=["all", "its own"],
)
def test_who_belongs_to_what_everybody_reads_may_be_told(server, tmp_path, guilds, status):
    with system(server, tmp_path, GUILDS.format(guilds=guilds)) as target:
        found = by_subject(judged(target, "ISO001"))["public.guild_roster"]
    assert found.status is status, found.detail
