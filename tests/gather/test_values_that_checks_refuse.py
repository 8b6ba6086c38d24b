"""A CHECK refuses a value whatever rows there are: that says nothing of what anybody has."""

import pytest

from pytest_readiness.gather.attacks.attempts import Outcome
from pytest_readiness.gather.attacks.inferring.existence import both_refused
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

GUILDS = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'guild_web') then create role guild_web login; end if;
end $$;
create table public.guilds (
  id uuid primary key default gen_random_uuid(), slug text not null unique, name text not null,
  craft text not null default 'mixed' check (craft in ('bakers', 'smiths', 'mixed')));
create table public.orders (
  id uuid primary key default gen_random_uuid(), guild_id uuid not null references public.guilds, text text not null);
alter table public.guilds enable row level security;
alter table public.orders enable row level security;
create policy own on public.guilds for select using (id = nullif(current_setting('app.guild_id', true), '')::uuid);
create policy own on public.orders using (guild_id = nullif(current_setting('app.guild_id', true), '')::uuid);
create function public.found_guild(p_slug text, p_name text, p_craft text) returns uuid
language plpgsql security definer set search_path = '' as $$
declare v_id uuid;
begin
  {before}
  insert into public.guilds (slug, name, craft) values (p_slug, p_name, p_craft) returning id into v_id;
  return v_id;
end $$;
grant select on public.guilds to guild_web;
grant select, insert, update, delete on public.orders to guild_web;
"""
TOLD = """if exists (select from public.orders where text = p_name) then
    raise exception 'that is ordered already' using errcode = '23514';
  end if;"""


@pytest.mark.parametrize(("before", "status"), [("", Status.PASSED), (TOLD, Status.FAILED)])
def test_a_refusal_by_a_check_tells_nothing_and_one_of_the_code_does(server, tmp_path, before, status):
    schema = GUILDS.replace("{before}", before)
    with system(server, tmp_path, schema, profile="postgres") as target:
        found = by_subject(judged(target, "ISO007"))
    (finding,) = (one for name, one in found.items() if "found_guild" in name)
    assert finding.status is status


BADGES = """
create table public.badges (
  id uuid primary key default gen_random_uuid(), holder uuid not null default auth.uid() references auth.users,
  motto text not null, worn integer not null default 0 check (worn <= 0));
alter table public.badges enable row level security;
create policy own on public.badges to authenticated using (holder = auth.uid()) with check (holder = auth.uid());
create function public.wear(p_motto text) returns void language plpgsql security definer set search_path = '' as $$
begin
  update public.badges b set worn = b.worn + 1 where b.motto = p_motto {whose};
  if not found then raise exception 'there is none'; end if;
end $$;
"""


@pytest.mark.parametrize(
    ("whose", "status"), [("", Status.FAILED), ("and b.holder = auth.uid()", Status.PASSED)]
)
def test_a_refusal_by_a_check_of_her_row_tells_that_it_is_there(server, tmp_path, whose, status):
    with system(server, tmp_path, BADGES.replace("{whose}", whose)) as target:
        found = by_subject(judged(target, "ISO007"))
    (finding,) = (one for name, one in found.items() if "wear" in name)
    assert finding.status is status, finding.detail


CHECKED = 'new row for relation "guilds" violates check constraint "guilds_craft_check"'


@pytest.mark.parametrize(
    ("state", "message", "told"),
    [
        ("23514", CHECKED, False),
        ("23514", "that is ordered already", True),
        ("22001", "value too long for type character varying(5)", False),
        ("P0001", "there is no such guild", True),
    ],
)
def test_two_refusals_tell_apart_what_is_there_unless_one_is_of_how_a_value_is_spelt(state, message, told):
    taken = Outcome("23505", 'duplicate key value violates unique constraint "guilds_slug_key"', "", 1, 0, ())
    assert both_refused(taken, Outcome(state, message, "", 1, 0, ())) is told


def test_what_a_check_says_of_hers_alone_is_told():
    hers, nobodys = Outcome("23514", CHECKED, "", 1, 0, ()), Outcome("P0001", "there is none", "", 1, 0, ())
    assert both_refused(hers, nobodys)
    assert not both_refused(hers, hers)
