"""A claim has the form that policies read; what they raise over another form is no defect of theirs."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

DEPOTS = """
create table public.orgs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.depots (
  id uuid primary key default gen_random_uuid(), org_id uuid not null references public.orgs, name text not null);
revoke all on public.orgs, public.depots from anon, authenticated;
grant select, update on public.depots to authenticated;
alter table public.orgs enable row level security;
alter table public.depots enable row level security;
"""
READ = {
    "as one": "org_id = nullif(auth.jwt() #>> '{app_metadata,org_id}', '')::uuid",
    "as a list": "(auth.jwt() #> '{app_metadata,org_id}') ? org_id::text",
    "as elements": "org_id::text in (select jsonb_array_elements_text(auth.jwt() #> '{app_metadata,org_id}'))",
    "as a document": "(auth.jwt() #>> '{app_metadata,org_id}')::jsonb ? org_id::text",
}


def judge(server, tmp_path, condition, check="ISO001"):
    policy = f"create policy own on public.depots using ({condition});"
    with system(server, tmp_path, DEPOTS, policy) as target:
        return by_subject(judged(target, check))["public.depots"]


@pytest.mark.parametrize("form", READ)
def test_a_tenants_key_has_the_form_in_which_it_is_read(server, tmp_path, form):
    found = judge(server, tmp_path, READ[form])
    assert (found.status, found.detail) == (Status.PASSED, "its owner reads it, nobody else does")


@pytest.mark.parametrize("check", ["ISO001", "ISO002"])
def test_what_is_raised_over_a_made_up_key_proves_nothing(server, tmp_path, check):
    found = judge(
        server, tmp_path, "org_id = ('7' || (auth.jwt() #>> '{app_metadata,org_id}')::int)::uuid", check
    )
    assert found.status is Status.UNKNOWN
    assert "made up for its owner, and that users may have in another form: 22P02" in found.detail


def test_a_claim_that_is_read_in_two_forms_proves_nothing_where_it_has_the_other(server, tmp_path):
    also = (
        f"create policy own on public.orgs for select using ({READ['as one'].replace('org_id =', 'id =')});"
    )
    elements = f"create policy own on public.depots using ({READ['as elements']});"
    with system(
        server, tmp_path, DEPOTS, "grant select on public.orgs to authenticated;", also, elements
    ) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.orgs"].status is Status.PASSED, found["public.orgs"].detail
    assert found["public.depots"].status is Status.UNKNOWN
    assert "made up for its owner" in found["public.depots"].detail


def test_what_is_raised_whatever_a_user_has_is_broken(server, tmp_path):
    found = judge(server, tmp_path, "org_id = ('x' || (auth.jwt() #>> '{app_metadata,org_id}'))::uuid")
    assert found.status is Status.FAILED
    assert found.detail.startswith("Nobody can read public.depots: 22P02")


STOCK = """
create table public.firms (id bigint primary key, name text not null);
create table public.crates (
  id bigint generated always as identity primary key, firm_id bigint not null references public.firms,
  keeper uuid not null references auth.users, members jsonb not null check (jsonb_typeof(members) = 'object'));
create table public.shelves (
  id bigint generated always as identity primary key, firm_id bigint not null references public.firms);
alter table public.firms enable row level security;
alter table public.crates enable row level security;
alter table public.shelves enable row level security;
create policy one on public.shelves for select using (firm_id = (auth.jwt() -> 'app_metadata' ->> 'firm_id')::bigint);
create policy many on public.firms for select
  using (id::text in (select jsonb_array_elements_text(auth.jwt() -> 'app_metadata' -> 'firms')));
"""
ONE_OF_THEM = "keeper = auth.uid() and exists (select from jsonb_array_elements(members) m where m ->> 'id' = keeper::text)"


STORED = {
    "a list": ONE_OF_THEM,
    "a list, beside a claim": f"firm_id = (auth.jwt() -> 'app_metadata' ->> 'firm_id')::bigint and {ONE_OF_THEM}",
    "a key": "keeper = auth.uid() and firm_id::text::uuid = keeper",
}


@pytest.mark.parametrize("check", ["ISO001", "ISO002"])
@pytest.mark.parametrize("form", STORED)
def test_what_is_raised_over_a_stored_value_was_not_made_up_for_its_owner(server, tmp_path, check, form):
    policy = f"create policy own on public.crates using ({STORED[form]});"
    with system(server, tmp_path, STOCK, policy) as target:
        found = by_subject(judged(target, check))["public.crates"]
    assert found.status is not Status.UNKNOWN, found.detail
    assert check == "ISO002" or found.detail.startswith("Nobody can read public.crates: 22")
