"""What a trigger asks of another row is there before the row that it is asked for."""

import psycopg

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.run.prepare import open_store
from systems import system

BUDGETS = """
create table public.projects (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users);
create table public.budgets (
  project uuid primary key references public.projects, granted int not null default 0, spent int not null default 0);
create table public.spendings (
  id uuid primary key default gen_random_uuid(), project uuid not null references public.projects,
  spender uuid not null references auth.users, amount int not null check (amount > 0));
create function public.spend() returns trigger language plpgsql as $$
begin
  update public.budgets b set spent = (select sum(s.amount) from public.spendings s where s.project = b.project)
   where b.project = new.project;
  if not exists (select from public.budgets b where b.project = new.project and b.spent <= b.granted) then
    raise exception 'more than was granted';
  end if;
  return null;
end $$;
create trigger spend after insert on public.spendings for each row execute function public.spend();
"""

CARDS = """
create table public.cards (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, rate int not null);
create table public.weeks (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users,
  card uuid not null, rate int not null);
create function public.keep_rate() returns trigger language plpgsql as $$
begin
  select c.rate into new.rate from public.cards c where c.id = new.card and c.owner_id = new.owner_id;
  if not found then raise exception 'no such card' using errcode = '23503'; end if;
  return new;
end $$;
create trigger keep_rate before insert on public.weeks for each row execute function public.keep_rate();
"""


def test_a_sum_is_covered_by_a_row_beside(server, tmp_path):
    with system(server, tmp_path, BUDGETS, profile="supabase") as target:
        found = open_store(target, target.run_directory).get(Population)
    for person in (ALICE, BOB):
        row = found.row("public.spendings", person.name)
        assert row, found.unfilled
        assert found.row("public.budgets", person.name).stored["granted"] >= row.stored["amount"]


def test_a_column_without_a_key_names_a_row_of_the_same_person(server, tmp_path):
    with system(server, tmp_path, CARDS, profile="supabase") as target:
        found = open_store(target, target.run_directory).get(Population)
    for person in (ALICE, BOB):
        row, card = (found.row(name, person.name) for name in ("public.weeks", "public.cards"))
        assert row, found.unfilled
        assert row.stored["card"] == card.stored["id"]


def test_whoever_pastes_gets_these_rows_too(server, tmp_path):
    for sql, name in ((BUDGETS, "public.spendings"), (CARDS, "public.weeks")):
        with system(server, tmp_path, sql, profile="supabase") as target:
            found = open_store(target, target.run_directory).get(Population)
            for person in (ALICE, BOB):
                with psycopg.connect(target.database().info.dsn) as fresh:
                    for statement in found.row(name, person.name).setup:
                        fresh.execute(statement)
                    fresh.rollback()
