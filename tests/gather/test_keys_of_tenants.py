"""Tenants' keys fit the columns that hold them, and are the same wherever they are spelt."""

from pathlib import Path

import pytest

from pytest_readiness.evidence.people import ALICE
from pytest_readiness.evidence.population import Population
from pytest_readiness.run.prepare import open_store
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

FERRIES = Path(__file__).parents[2] / "fixtures/cases/sound/set-ferry-companies-of-a-code/good.sql"
GUILDS = """
create table public.guilds (code {form});
create table public.guild_members (guild_code {type} not null references public.guilds (code),
  user_id uuid not null references auth.users, primary key (guild_code, user_id));
create table public.ledgers (id int generated always as identity primary key,
  guild_code {type} not null references public.guilds (code), said text not null);
alter table public.guilds enable row level security;
alter table public.guild_members enable row level security;
alter table public.ledgers enable row level security;
create function public.is_member(p_guild text) returns boolean language sql stable security definer set search_path = '' as
  $$ select exists (select 1 from public.guild_members m where m.guild_code = p_guild and m.user_id = auth.uid()) $$;
create policy own on public.guilds for select to authenticated using (public.is_member(code));
create policy own on public.guild_members for select to authenticated using (public.is_member(guild_code));
create policy open on public.ledgers for select to authenticated using (
  exists (select 1 from public.guild_members m where m.user_id = auth.uid()));
grant select on public.guilds, public.guild_members, public.ledgers to authenticated;
"""
FORMS = {
    "room for eight": ("varchar(8)", "primary key"),
    "exactly six": ("text", "primary key check (char_length(code) = 6)"),
    "six capitals or digits": ("text", "primary key check (code ~ '^[A-Z0-9]{6}$')"),
    "filled up": ("char(10)", "primary key"),
    "six places": ("char(6)", "primary key"),
    "four places": ("varchar(4)", "primary key"),
    "from four to eight": ("text", "primary key check (length(code) between 4 and 8)"),
}


@pytest.mark.parametrize("form", FORMS)
def test_tenants_have_rows_whatever_their_keys_look_like(server, tmp_path, form):
    kind, rest = FORMS[form]
    schema = GUILDS.format(form=f"{kind} {rest}", type=kind)
    with system(server, tmp_path, schema, profile="supabase") as target:
        found = open_store(target, target.run_directory).get(Population)
        reads = by_subject(judged(target, "ISO001"))
    assert not found.unfilled
    assert (
        found.row("public.ledgers", "alice").texts["guild_code"]
        != (found.row("public.ledgers", "bob").texts["guild_code"])
    )
    assert reads["public.ledgers"].status is Status.FAILED


def test_settings_and_columns_without_a_reference_have_the_key_that_a_check_gave_the_tenant(server, tmp_path):
    with system(
        server, tmp_path, FERRIES.read_text(), profile="postgres", migrations_as="superuser"
    ) as target:
        found = open_store(target, target.run_directory).get(Population)
        reads = by_subject(judged(target, "ISO001"))
    keys = {name: found.row(f"ferry.{name}", ALICE.name).texts["company_key"] for name in TABLES}
    assert len(set(keys.values())) == 1, keys
    assert {reads[f"ferry.{name}"].status for name in TABLES} == {Status.PASSED}


TABLES = ("companies", "sailings", "tickets", "labels")

LABELLED = """
create table public.labels (id int generated always as identity primary key, printed varchar(12) not null);
create table public.parcels (id int generated always as identity primary key,
  user_id uuid not null references auth.users, addressee text not null, remark text not null);
create function public.print() returns trigger language plpgsql security definer set search_path = '' as $$
begin insert into public.labels (printed) values (new.addressee); return new; end $$;
create trigger printed after insert on public.parcels for each row execute function public.print();
"""


def test_a_text_that_is_too_long_for_what_a_trigger_writes_is_shortened(server, tmp_path):
    with system(server, tmp_path, LABELLED, profile="supabase") as target:
        found = open_store(target, target.run_directory).get(Population)
    assert "canary-" in found.row("public.parcels", "alice").texts["remark"], found.unfilled
    assert len(found.row("public.parcels", "bob").texts["addressee"]) <= 12
