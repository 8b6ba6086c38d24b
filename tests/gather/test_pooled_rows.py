"""What was approved and is shown to all tenants is meant so if its policy says it, and else unknown."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

POOL = """
create table public.councils (id uuid primary key default gen_random_uuid(), name text not null);
create table public.officers (council_id uuid not null references public.councils, user_id uuid not null references auth.users, primary key (council_id, user_id));
create table public.ploughs (
  id uuid primary key default gen_random_uuid(), council_id uuid not null references public.councils,
  {column} text not null, approved boolean not null default true);
alter table public.councils enable row level security;
alter table public.officers enable row level security;
alter table public.ploughs enable row level security;
create policy own on public.officers for select to authenticated using (user_id = (select auth.uid()));
create policy {named} on public.ploughs for select to authenticated using (
  {asked} or council_id in (select o.council_id from public.officers o where o.user_id = (select auth.uid())));
grant select on public.officers, public.ploughs to authenticated;
"""


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, Status.PASSED),
        ({"named": "ploughs"}, Status.UNKNOWN),
        ({"column": "address"}, Status.FAILED),
        ({"asked": "id is not null"}, Status.FAILED),
    ],
    ids=["pooled", "not called so", "of somebody's home", "not asked"],
)
def test_approved_rows_of_other_tenants(server, tmp_path, changed, status):
    said = {"column": "model", "named": '"pooled ploughs"', "asked": "approved"} | changed
    with system(server, tmp_path, POOL.format(**said)) as target:
        found = by_subject(judged(target, "ISO001"))["public.ploughs"]
    assert found.status is status
    if status is Status.UNKNOWN:
        assert "rows of public.ploughs that are approved" in found.detail
