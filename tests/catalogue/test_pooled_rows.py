"""What is pooled by the name of its policy is for all tenants, and what one did with it is no other's to destroy."""

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


LOANS = """
create table public.loans (
  id uuid primary key default gen_random_uuid(), {tenant}
  plough_id uuid not null references public.ploughs on delete {act});
create table public.furrows (
  id uuid primary key default gen_random_uuid(), loan_id uuid not null references public.loans on delete cascade, {says});
alter table public.loans enable row level security;
alter table public.furrows enable row level security;
create policy own on public.loans for select to authenticated using (
  council_id in (select o.council_id from public.officers o where o.user_id = (select auth.uid())){seen});
create policy own on public.furrows for select to authenticated using (loan_id in (select l.id from public.loans l));
create policy remove on public.ploughs for delete to authenticated using (
  council_id in (select o.council_id from public.officers o where o.user_id = (select auth.uid())));
grant select on public.loans, public.furrows to authenticated;
grant delete on public.ploughs to authenticated;
"""
KEPT = {
    "tenant": "council_id uuid not null references public.councils,",
    "act": "cascade",
    "says": "remark text not null",
    "seen": "",
    "named": '"shared ploughs"',
}
OWNERS = " or plough_id in (select p.id from public.ploughs p where p.council_id in (select o.council_id from public.officers o where o.user_id = (select auth.uid())))"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, Status.FAILED),
        ({"act": "restrict"}, Status.PASSED),
        ({"seen": OWNERS}, Status.PASSED),
        ({"says": "ended_at timestamptz"}, Status.PASSED),
        ({"named": "approved_ones"}, Status.PASSED),
    ],
    ids=["goes", "stays", "seen", "nothing kept", "no pool"],
)
def test_what_was_done_with_a_pooled_thing_does_not_go_with_it(server, tmp_path, changed, status):
    said = {"column": "model", "asked": "approved"} | KEPT | changed
    with system(server, tmp_path, POOL.format(**said) + LOANS.format(**said)) as target:
        found = by_subject(judged(target, "ISO004"))["public.ploughs"]
    assert found.status is status, found.detail
    assert ("has ON DELETE CASCADE" in found.detail) is (status is Status.FAILED)
