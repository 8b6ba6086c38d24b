"""A function that asks who calls is called while her row is in the states that it asks for."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

DEPOTS = """
create table public.depots (id uuid primary key, town text not null);
create table public.drivers (
  depot_id uuid not null references public.depots, user_id uuid not null references auth.users,
  primary key (depot_id, user_id));
create table public.vans (
  id uuid primary key default gen_random_uuid(), depot_id uuid not null references public.depots,
  remark text not null, state text not null default 'parked' check (state in ('parked', 'away', 'sold')),
  inspected_until date not null);
alter table public.depots enable row level security;
alter table public.drivers enable row level security;
alter table public.vans enable row level security;
create policy own on public.drivers for select to authenticated using (user_id = auth.uid());
create policy staff on public.vans to authenticated
  using (depot_id in (select d.depot_id from public.drivers d where d.user_id = auth.uid()));
grant select on public.depots, public.drivers, public.vans to authenticated;
create function public.overdue(depot_id uuid) returns table (remark text)
  language sql stable security definer set search_path = '' as $$
  select v.remark from public.vans v where v.inspected_until < current_date {state} and {asked} $$;
"""
MEMBER = (
    "exists (select 1 from public.drivers d where d.depot_id = {0}depot_id and d.user_id = auth.uid()) "
    "and v.depot_id = {0}depot_id"
)
ASKED = {
    "the column meant by the parameter's name": (MEMBER.format(""), Status.FAILED),
    "the parameter": (MEMBER.format("overdue."), Status.PASSED),
    "any driver": (
        "exists (select 1 from public.drivers d where d.user_id = auth.uid())",
        Status.FAILED,
    ),
    "what the driver's depot has": (
        "v.depot_id in (select d.depot_id from public.drivers d where d.user_id = auth.uid())",
        Status.PASSED,
    ),
}


@pytest.mark.parametrize("who", ASKED)
@pytest.mark.parametrize("state", ["", "and v.state = 'away'"])
def test_rows_that_are_overdue_are_asked_for_too(server, tmp_path, who, state):
    asked, status = ASKED[who]
    with system(server, tmp_path, DEPOTS.format(asked=asked, state=state), profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))["public.overdue(depot_id uuid)"]
    assert found.status is status, found.detail


@pytest.mark.parametrize("column", ["inspected_until", "due_on"])
@pytest.mark.parametrize("argument", ["depot_id uuid", ""])
def test_what_users_of_no_tenant_are_shown_as_well_may_be_for_all_unless_it_is_work(
    server, tmp_path, column, argument
):
    sql = DEPOTS.replace("overdue(depot_id uuid)", f"overdue({argument})")
    sql = sql.format(asked="v.remark <> ''", state="").replace("inspected_until", column)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))[f"public.overdue({argument})"]
    meant = argument or column != "due_on"
    assert found.status is (Status.PASSED if meant else Status.FAILED), found.detail


LINKS = """
create table public.bills (
  id uuid primary key default gen_random_uuid(), owner uuid not null references auth.users, remark text not null,
  state text not null default 'draft' check (state in ('draft', 'sent', 'paid')), due_on date,
  pay_key uuid not null unique default gen_random_uuid());
alter table public.bills enable row level security;
create policy own on public.bills using (owner = auth.uid());
grant select on public.bills to authenticated;
create function public.to_pay(p_key uuid) returns table (remark text)
  language sql stable security definer set search_path = '' as $$
  select b.remark from public.bills b where b.pay_key = p_key and b.state <> 'draft' and b.due_on is not null $$;
"""


def test_a_bill_that_is_due_opens_to_whoever_was_given_its_key(server, tmp_path):
    with system(server, tmp_path, LINKS, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))["public.to_pay(p_key uuid)"]
    assert found.status is Status.PASSED, found.detail
