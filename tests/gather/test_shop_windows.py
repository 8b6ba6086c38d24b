"""A function shows everybody what its own filter publishes, as a shop window does; what else it tells is a leak."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import judged, system

ADVERTS = """
create table public.adverts (
  id uuid primary key default gen_random_uuid(),
  vendor uuid not null references auth.users,
  title text not null,
  vendor_phone text not null,
  price bigint not null,
  active boolean not null default true,
  sold boolean not null default false
);
alter table public.adverts enable row level security;
create policy own on public.adverts for select to authenticated using (vendor = (select auth.uid()));
create function public.on_offer({arguments}) returns table ({shown}) language sql stable security definer set search_path = '' as $$
  select {columns} from public.adverts a where {asked}
$$;
"""
WINDOW = {
    "arguments": "",
    "shown": "id uuid, title text, price bigint",
    "columns": "a.id, a.title, a.price",
    "asked": "a.active",
}


def verdict(server, path, **changed):
    with system(server, path, ADVERTS.format(**(WINDOW | changed))) as target:
        (finding,) = (f for f in judged(target, "ISO005").findings if "on_offer" in f.subject)
    return finding


def test_what_a_function_publishes_by_its_own_filter_is_for_everybody(server, tmp_path):
    finding = verdict(server, tmp_path)
    assert finding.status is Status.PASSED, finding.detail
    assert "active = true" in finding.detail


@pytest.mark.parametrize(
    "changed",
    [
        {"asked": "true"},
        {"asked": "not a.sold"},
        {"asked": "a.active or a.title <> ''"},
        {"shown": "vendor uuid, title text", "columns": "a.vendor, a.title"},
        {"shown": "title text, call text", "columns": "a.title, a.vendor_phone"},
        {"shown": "a jsonb", "columns": "to_jsonb(a)"},
        {"arguments": "of uuid", "asked": "a.vendor = of"},
    ],
    ids=[
        "all",
        "not sold",
        "a filter that decides nothing",
        "a person",
        "a telephone",
        "whole rows",
        "of anybody",
    ],
)
def test_what_nothing_publishes_is_a_leak(server, tmp_path, changed):
    finding = verdict(server, tmp_path, **changed)
    assert finding.status is Status.FAILED, finding.detail
    assert "alice's rows" in finding.detail


SHOPS = """
create table public.shops (id uuid primary key default gen_random_uuid(), name text not null);
create table public.shop_members (
  shop_id uuid not null references public.shops, user_id uuid not null references auth.users, primary key (shop_id, user_id));
create table public.customers (
  id uuid primary key default gen_random_uuid(), shop_id uuid not null references public.shops,
  full_name text not null, {column});
alter table public.shops enable row level security;
alter table public.shop_members enable row level security;
alter table public.customers enable row level security;
create policy mine on public.shop_members for select to authenticated using (user_id = (select auth.uid()));
create policy ours on public.shops for select to authenticated using (
  id in (select m.shop_id from public.shop_members m where m.user_id = (select auth.uid())));
create policy ours on public.customers for select to authenticated using (
  shop_id in (select m.shop_id from public.shop_members m where m.user_id = (select auth.uid())));
create function public.on_offer() returns table (id uuid, full_name text) language sql stable security definer set search_path = '' as $$
  select c.id, c.full_name from public.customers c where {asked}
$$;
"""


@pytest.mark.parametrize(
    ("column", "asked", "status"),
    [
        ("active boolean not null default true", "c.active", Status.FAILED),
        ("state text not null default 'open' check (state in ('open', 'closed'))", "c.state = 'open'", Status.FAILED),
        ("is_public boolean not null default true", "c.is_public", Status.PASSED),
        ("state text not null default 'published' check (state in ('draft', 'published'))", "c.state = 'published'", Status.PASSED),
    ],
    ids=["active", "open", "public", "published"],
)  # fmt: skip
def test_what_is_a_tenants_is_published_in_so_many_words(server, tmp_path, column, asked, status):
    with system(server, tmp_path, SHOPS.format(column=column, asked=asked)) as target:
        (finding,) = (f for f in judged(target, "ISO005").findings if "on_offer" in f.subject)
    assert finding.status is status, finding.detail


FEED = (
    "(whose is null and a.active) or (whose = auth.uid() and a.vendor = whose)",
    "(whose is null) or (whose = auth.uid() and a.vendor = whose)",
)


@pytest.mark.parametrize(("asked", "status"), [*zip(FEED, (Status.PASSED, Status.FAILED), strict=True)])
def test_who_names_nobody_sees_what_is_published(server, tmp_path, asked, status):
    finding = verdict(server, tmp_path, arguments="whose uuid default null", asked=asked)
    assert finding.status is status, finding.detail
