"""Outside a platform with users, rows are made as the application makes them: with its settings made first."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SHOWS = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'box_web') then create role box_web nologin; end if;
end $$;
create function public.organiser() returns text language sql stable
  as $$ select nullif(current_setting('box.organiser', true), '') $$;
create table public.shows (
  organiser text not null, code text not null, title text not null, primary key (organiser, code));
create table public.seats (
  organiser text not null, code text not null, seat int not null, guest text not null,
  primary key (organiser, code, seat),
  foreign key (organiser, code) references public.shows);
create function public.fill() returns trigger language plpgsql as $$
begin new.organiser := public.organiser(); return new; end $$;
create trigger fill before insert on public.shows for each row execute function public.fill();
create trigger fill before insert on public.seats for each row execute function public.fill();
alter table public.shows enable row level security;
alter table public.seats enable row level security;
create policy own on public.shows using (organiser = public.organiser());
create policy own on public.seats using ({condition});
grant select, insert on public.shows, public.seats to box_web;
"""
OWN = "organiser = public.organiser()"


@pytest.mark.parametrize(("condition", "status"), [(OWN, Status.PASSED), ("true", Status.FAILED)])
def test_a_trigger_that_fills_in_the_tenant_is_told_whose_it_is(server, tmp_path, condition, status):
    with system(server, tmp_path, SHOWS.format(condition=condition), profile="postgres") as target:
        read = by_subject(judged(target, "ISO001"))
        told = by_subject(judged(target, "ISO007"))
    assert read["public.seats"].status is status, read["public.seats"].detail
    assert read["public.shows"].status is Status.PASSED
    assert not [one.detail for one in told.values() if one.status is Status.FAILED]


SHELVES = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'shelf_web') then create role shelf_web nologin; end if;
end $$;
create function public.me() returns bigint language sql stable
  as $$ select nullif(current_setting('shop.merchant', true), '')::bigint $$;
create table public.merchants (merchant_id bigint primary key, name text not null);
create table public.shelves (
  merchant_id bigint not null default public.me() references public.merchants, code text not null,
  primary key (merchant_id, code));
alter table public.merchants enable row level security;
alter table public.shelves enable row level security;
create policy own on public.merchants using (merchant_id = public.me());
create policy own on public.shelves using (merchant_id = public.me());
grant select on public.merchants, public.shelves to shelf_web;
"""


def test_whom_a_setting_names_its_function_returns_whatever_it_is_called(server, tmp_path):
    with system(server, tmp_path, SHELVES, profile="postgres") as target:
        found = by_subject(judged(target, "ISO001"))
    assert {finding.status for finding in found.values()} == {Status.PASSED}


NAMES = """
create table public.accounts (
  id uuid primary key default gen_random_uuid(), holder uuid not null references auth.users, number text not null {unique});
alter table public.accounts enable row level security;
create policy own on public.accounts using (holder = auth.uid()) with check (holder = auth.uid());
revoke all on public.accounts from anon, authenticated;
grant select, insert on public.accounts to authenticated;
"""


@pytest.mark.parametrize(
    ("unique", "status"), [("unique", Status.FAILED), (", unique (holder, number)", Status.PASSED)]
)
def test_a_key_that_is_free_without_her_row_is_hers(server, tmp_path, unique, status):
    with system(server, tmp_path, NAMES.format(unique=unique)) as target:
        found = by_subject(judged(target, "ISO007"))["public.accounts"]
    assert found.status is status, found.detail
