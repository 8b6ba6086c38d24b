"""What a directory shows to all is what grants choose of it, and not what somebody took back in vain."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

TUNERS = """
create table public.tuners (
  id uuid primary key references auth.users, trade_name text not null, town text not null, phone text not null,
  lowest_fee numeric(8,2), remarks_of_office text);
create table public.visits (
  id uuid primary key default gen_random_uuid(), tuner_id uuid not null references public.tuners, piano text not null);
alter table public.tuners enable row level security;
alter table public.visits enable row level security;
create policy {policy} on public.tuners for select to anon, authenticated using (true);
create policy own on public.visits for all to authenticated using (tuner_id = auth.uid());
revoke all on public.tuners, public.visits from anon, authenticated;
grant select, insert, update, delete on public.visits to authenticated;
"""
WHOLE = "grant select on public.tuners to anon, authenticated;"
TAKEN = "revoke select (lowest_fee, remarks_of_office) on public.tuners from anon, authenticated;"
CHOSEN = "grant select (id, trade_name, town, phone) on public.tuners to anon, authenticated;"


@pytest.mark.parametrize("policy", ["directory", "r"])
@pytest.mark.parametrize(
    ("grants", "status"),
    [
        ((WHOLE, TAKEN), Status.FAILED),
        ((CHOSEN,), Status.PASSED),
        # What was taken back is given again, and by a later file.
        ((WHOLE.replace("select", "select (lowest_fee, id)"), TAKEN, CHOSEN), Status.PASSED),
    ],
    ids=["taken back in vain", "chosen", "taken back"],
)
def test_a_directory_keeps_what_was_taken_back(server, tmp_path, policy, grants, status):
    with system(server, tmp_path, TUNERS.format(policy=policy), *grants) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.tuners"].status is status, found["public.tuners"].detail
    assert found["public.visits"].status is Status.PASSED
    assert ("grant select (id, trade_name, town, phone)" in found["public.tuners"].fix) is (
        status is Status.FAILED
    )


BAKERIES = """
create table public.bakeries (id bigint generated always as identity primary key, name text not null, "flourPrice" int);
create table public.staff (
  bakery_id bigint not null references public.bakeries, user_id uuid not null references auth.users,
  primary key (bakery_id, user_id));
create table public.loaves (
  id uuid primary key default gen_random_uuid(), bakery_id bigint not null references public.bakeries, recipe text);
create function public.works(b bigint) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.staff s where s.bakery_id = b and s.user_id = auth.uid()) $$;
alter table public.bakeries enable row level security;
alter table public.staff enable row level security;
alter table public.loaves enable row level security;
create policy listed on public.bakeries for select to authenticated using (true);
create policy own on public.staff for select to authenticated using (user_id = auth.uid());
create policy own on public.loaves for all to authenticated using (public.works(bakery_id));
"""


@pytest.mark.parametrize(
    ("grants", "status"),
    [
        ('revoke all ("flourPrice") on table public.bakeries from authenticated', Status.FAILED),
        # Of strangers it was taken, and they read no row.
        ('revoke select ("flourPrice") on table public.bakeries from anon', Status.PASSED),
        ("select 1", Status.PASSED),
    ],
    ids=["of users", "of nobody who reads", "of nobody"],
)
def test_so_does_a_list_of_tenants(server, tmp_path, grants, status):
    with system(server, tmp_path, BAKERIES, grants) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.bakeries"].status is status, found["public.bakeries"].detail
