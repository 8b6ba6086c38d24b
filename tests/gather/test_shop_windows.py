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
