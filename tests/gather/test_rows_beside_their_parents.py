"""A row names two of one tenant where a key wants them there, and repeats of its parent what a trigger asks."""

import psycopg

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.run.prepare import open_store
from systems import system

WATCHES = """
create table public.lighthouses (id uuid primary key, called text not null);
create table public.keepers (
  lighthouse uuid not null references public.lighthouses, no uuid not null default gen_random_uuid(),
  user_id uuid unique references auth.users, called text not null, primary key (lighthouse, no));
create table public.watches (
  lighthouse uuid not null, no uuid not null default gen_random_uuid(), keeper uuid not null, relief uuid not null,
  primary key (lighthouse, no), check (keeper <> relief),
  foreign key (lighthouse, keeper) references public.keepers (lighthouse, no),
  foreign key (lighthouse, relief) references public.keepers (lighthouse, no));
alter table public.watches enable row level security;
create policy own on public.watches for select to authenticated using (
  exists (select from public.keepers k where k.user_id = auth.uid() and k.lighthouse = watches.lighthouse));
"""

BILLS = """
create table public.tills (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users,
  coin char(3) not null default 'XTS', colour text);
create table public.bills (
  id uuid primary key default gen_random_uuid(), till uuid not null references public.tills,
  coin char(3) not null check (coin ~ '^[A-Z]{3}$'), colour text, amount int not null);
create function public.one_coin() returns trigger language plpgsql as $$
declare known char(3);
begin
  select t.coin into known from public.tills t where t.id = new.till;
  if new.coin <> known then raise exception 'another coin' using errcode = '22000'; end if;
  return new;
end $$;
create trigger one_coin before insert or update on public.bills for each row execute function public.one_coin();
"""


def found_in(server, tmp_path, sql):
    """Return who has which row, and paste each into a copy that has none."""
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = open_store(target, target.run_directory).get(Population)
        for row in found.rows.values():
            with psycopg.connect(target.database().info.dsn) as fresh:
                for statement in row.setup:
                    fresh.execute(statement)
                fresh.rollback()
    return found


def test_two_of_one_tenant_are_named_where_only_one_has_an_account(server, tmp_path):
    found = found_in(server, tmp_path, WATCHES)
    for person in (ALICE, BOB):
        row = found.row("public.watches", person.name)
        assert row, found.unfilled
        assert row.stored["lighthouse"] == person.tenant.uuid
        assert row.stored["keeper"] != row.stored["relief"]


def test_a_row_is_in_the_currency_of_what_it_hangs_on(server, tmp_path):
    found = found_in(server, tmp_path, BILLS)
    for person in (ALICE, BOB):
        row, till = (found.row(name, person.name) for name in ("public.bills", "public.tills"))
        assert row, found.unfilled
        assert row.stored["coin"] == till.stored["coin"]
        assert row.stored["colour"] != till.stored["colour"]
