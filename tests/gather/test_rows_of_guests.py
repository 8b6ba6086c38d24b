"""A policy that opens what names no user opens what guests left as well."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

ORDERS = """
create table public.{table} (id int generated always as identity primary key, {columns}, buyer uuid references auth.users);
alter table public.{table} enable row level security;
create policy see on public.{table} for select to authenticated using ({asked});
create policy add on public.{table} for insert to authenticated with check (buyer = auth.uid());
"""
OPEN = "buyer is null or buyer = auth.uid()"


@pytest.mark.parametrize(
    ("table", "columns", "asked", "status"),
    [
        ("orders", "phone_number text not null, item text", OPEN, Status.FAILED),
        ("orders", "email text not null", "coalesce(buyer, auth.uid()) = auth.uid()", Status.FAILED),
        ("orders", "email text not null", "buyer = auth.uid()", Status.PASSED),
        ("checklists", "title text not null", OPEN, Status.PASSED),
        ("suppliers", "email text not null", OPEN, Status.UNKNOWN),
    ],
    ids=["of guests", "put together", "own", "for all", "of firms"],
)
def test_what_guests_left_is_theirs(server, tmp_path, table, columns, asked, status):
    with system(server, tmp_path, ORDERS.format(table=table, columns=columns, asked=asked)) as target:
        found = by_subject(judged(target, "ISO001"))[f"public.{table}"]
    assert found.status is status, found.detail
    if status is Status.UNKNOWN:
        assert "world_readable" in found.fix
