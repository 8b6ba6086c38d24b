"""People have rows of their own, whatever rules say of the values in them."""

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.run.prepare import open_store
from systems import system

SHOPS = """
create table public.shops (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users,
  code text not null unique check (code in ('USD', 'EUR')));
create table public.profiles (user_id uuid primary key references auth.users, nick text not null default 'x');
create function public.greet() returns trigger language plpgsql security definer as $$
begin insert into public.profiles (user_id) values (new.id); return new; end $$;
create trigger greet after insert on auth.users for each row execute function public.greet();
"""


def test_a_value_that_somebody_has_makes_nobody_the_owner_of_his_row(server, tmp_path):
    with system(server, tmp_path, SHOPS, profile="supabase") as target:
        found = open_store(target, target.run_directory).get(Population)
    shops = [row for (name, _), row in found.rows.items() if name == "public.shops"]
    assert len(shops) == len({row.where for row in shops})
    assert all(
        row.stored["owner_id"] == owner for row, owner in zip(shops, (ALICE.uuid, BOB.uuid), strict=False)
    )
    hers, his = (found.row("public.profiles", person.name) for person in (ALICE, BOB))
    assert (hers.stored["user_id"], his.stored["user_id"]) == (ALICE.uuid, BOB.uuid)


STAYS = """
create table public.stays (
  id uuid primary key default gen_random_uuid(), guest_id uuid not null references auth.users,
  from_day date not null, to_day date not null, opens time not null, shuts time not null,
  begins timestamptz not null, ends timestamptz not null, born date not null, pause interval not null,
  check (to_day > from_day), check (shuts > opens), check (ends - begins between '15 min' and '8 hours'),
  check (born < current_date - interval '18 years'), check (pause >= interval '1 day'));
"""


def test_what_begins_ends_later(server, tmp_path):
    with system(server, tmp_path, STAYS, profile="supabase") as target:
        found = open_store(target, target.run_directory).get(Population)
    assert found.row("public.stays", "alice"), found
