"""An application that connects as a role of its own, beside the API or without one, is told from policies."""

import itertools
from pathlib import Path

import pytest

from pytest_readiness.providers.postgres import start
from pytest_readiness.settings import Isolation, Session
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SHIM = (Path(__file__).parents[2] / "fixtures" / "cases" / "shim.sql").read_text(encoding="utf-8")
ROLES = """
create role {api} login; create role {keeper} nologin;
grant usage on schema public to {api}; grant usage on schema auth to {api};
"""
BILLS = """
create table public.bills (id int generated always as identity primary key, user_id uuid not null, memo text not null);
alter table public.bills enable row level security;
create policy own on public.bills{to} using ({mine}) with check ({mine});
"""
BY_UID = "user_id = (select auth.uid())"
BY_CLAIM = "user_id = (current_setting('request.jwt.claims', true)::json ->> 'sub')::uuid"
BY_SETTING = "user_id = nullif(current_setting('app.user_id', true), '')::uuid"
OWNED = "alter table public.bills owner to {api};"
FORCED = OWNED + "alter table public.bills force row level security;"
KEPT = "alter table public.bills owner to {keeper}; grant select, insert, update, delete on public.bills to {api};"
NOTES = """
create table public.notes (id int generated always as identity primary key, user_id uuid not null, body text not null);
alter table public.notes enable row level security;
create policy own on public.notes to authenticated using (user_id = auth.uid());
grant select, insert on public.notes to authenticated;
"""
BILL_OF = """
create function public.bill_of(n int) returns text language sql security definer set search_path = '' as
$$ select memo from public.bills where id = n and {mine} $$;
"""
_serial = itertools.count()


@pytest.fixture(scope="module")
def cluster():
    """A server of its own: roles belong to the whole of it."""
    running = start("embedded", run_id="own")
    yield running
    running.stop()


@pytest.fixture
def found(cluster, tmp_path):
    """Judge a target; return findings of each check, and its role's name and why it is taken for the users'."""

    def judge(*texts, checks, shim=SHIM, to=" to {api}", mine=BY_UID, session=None):
        names = {name: f"{name}{next(_serial)}" for name in ("api", "keeper", "pool")}
        names |= {"to": to.format(**names), "mine": mine}
        parts = [
            shim or "create schema auth;",
            *(t.format(**names) for t in (ROLES, BILLS, *texts)),
        ]
        said = Isolation(session=session and Session(names[session[0]], session[1]))
        given = {"profile": "postgres", "migrations_as": "superuser", "isolation": said}
        with system(cluster, tmp_path, *parts, **given) as target:
            likely = target.built.likely
            return [by_subject(judged(target, check)) for check in checks], names, likely and likely.why

    return judge


@pytest.mark.parametrize(
    ("shim", "mine", "why"),
    [
        (SHIM, BY_UID, "policies ask for the caller's claims, and are for {api}"),
        (SHIM, BY_CLAIM, "policies ask for the caller's claims, and are for {api}"),
        (SHIM, BY_SETTING, "policies ask app.user_id, and {api} holds the privileges"),
        ("", BY_CLAIM, "policies ask request.jwt.claims, and {api} holds the privileges"),
        ("", BY_SETTING, "policies ask app.user_id, and {api} holds the privileges"),
    ],
    ids=["a function", "claims", "a setting", "claims without the API", "a setting without the API"],
)
@pytest.mark.parametrize("to", [" to {api}", ""], ids=["for it", "for everybody"])
def test_a_login_that_owns_the_table_is_bound_by_no_policy(found, shim, mine, why, to):
    with_it = {"checks": ["ISO001"], "shim": shim, "mine": mine, "to": to}
    (bad,), _, _ = found(OWNED, **with_it)
    assert bad["public.bills"].status is Status.FAILED
    assert "owns public.bills, and policies do not bind owners" in bad["public.bills"].detail
    assert "force row level security" in bad["public.bills"].fix
    (good,), names, said = found(KEPT, **with_it)
    assert good["public.bills"].status is Status.PASSED, good
    assert said == why.format(**names)


def test_an_owner_whom_policies_bind_may_empty_the_table_and_that_is_noted(found):
    (read, destroyed, beside), _, _ = found(FORCED, checks=["ISO001", "ISO004", "ISO010"])
    assert read["public.bills"].status is Status.PASSED
    assert destroyed["public.bills"].status is Status.PASSED
    assert "TRUNCATE asks no policy. Its owner may;" in beside["TRUNCATE"].detail


def test_an_owner_for_whom_policies_are_is_found_beside_the_users_of_the_api(found):
    (roles,), names, _ = found(OWNED, NOTES, checks=["ISO009"])
    finding = roles[names["api"]]
    assert finding.status is Status.FAILED
    assert "owns public.bills, and policies do not bind owners" in finding.detail
    assert finding.fix == "alter table public.bills force row level security;"


@pytest.mark.parametrize(
    ("owned", "to"),
    [(FORCED, " to {api}"), (KEPT, " to {api}"), (OWNED, "")],
    ids=["policies bind it", "another owns it", "policies are for everybody"],
)
def test_others_beside_them_are_not(found, owned, to):
    (roles,), _, _ = found(owned, NOTES, checks=["ISO009"], to=to)
    assert not [finding for finding in roles.values() if finding.status is Status.FAILED]


def test_of_two_roles_that_policies_are_for_and_that_may_as_much_a_person_says_which(found):
    other = (
        "create role {pool} login; grant select, insert, update, delete on public.bills to {pool};"
        "create policy also on public.bills to {pool} using ({mine});"
    )
    (read,), _, _ = found(KEPT, other, checks=["ISO001"])
    (alone,) = read.values()
    assert alone.status is Status.UNKNOWN
    assert "[isolation.session]" in alone.detail


def test_what_settings_say_comes_first(found):
    other = (
        "create role {pool} login; grant usage on schema public, auth to {pool}; grant select on public.bills to {pool};"
        "create policy also on public.bills for select to {pool} using (true);"
    )
    (read,), _, _ = found(KEPT, other, checks=["ISO001"])
    assert read["public.bills"].status is Status.PASSED
    said = "select set_config('request.jwt.claims', json_build_object('sub', %(user)s)::text, true)"
    (read,), _, _ = found(KEPT, other, checks=["ISO001"], session=("pool", said))
    assert read["public.bills"].status is Status.FAILED


def test_an_owner_that_policies_name_is_whom_they_were_made_for_without_a_login_too(found):
    (read,), _, _ = found(OWNED, "alter role {api} nologin;", checks=["ISO001"], shim="", mine=BY_SETTING)
    assert read["public.bills"].status is Status.FAILED


def test_an_owner_that_lends_functions_its_rights_is_not_taken_for_the_application(found):
    lending = (
        "create function public.my_bills() returns setof public.bills language sql security definer as "
        "$$ select * from public.bills where {mine} $$; alter function public.my_bills() owner to {api};"
    )
    (read,), _, _ = found(OWNED, lending, checks=["ISO001"], shim="", mine=BY_SETTING, to="")
    (alone,) = read.values()
    assert alone.status is Status.UNKNOWN
    assert "no role but the owner" in alone.detail


@pytest.mark.parametrize(
    "other",
    [
        "grant select, insert on public.bills to service_role;",
        BILL_OF,
    ],
    ids=["the backend", "functions of another"],
)
def test_an_owner_is_not_taken_for_the_application_where_others_get_at_its_tables(found, other):
    (read,), _, why = found(OWNED, other, checks=["ISO001"], to="")
    assert read["public.bills"].status is Status.PASSED
    assert why is None


def test_users_of_the_api_who_may_call_a_function_by_name_are_the_users(found):
    called = (
        "create function public.bills_of(u uuid) returns setof text language sql security definer set search_path = '' "
        "as $$ select memo from public.bills where user_id = u $$;"
        "revoke all on function public.bills_of(uuid) from public; grant execute on function public.bills_of(uuid) to authenticated;"
    )
    (leaks,), _, why = found(KEPT, called, checks=["ISO005"])
    assert leaks["public.bills_of(u uuid)"].status is Status.FAILED
    assert why is None


def test_functions_with_the_rights_of_their_owner_are_how_users_of_the_api_get_at_its_tables(found):
    own = (
        "create function public.my_bills() returns setof public.bills language sql security definer set search_path = '' "
        "as $$ select * from public.bills where user_id = auth.uid() $$; alter function public.my_bills() owner to {api};"
    )
    (read, called), _, why = found(FORCED, own, checks=["ISO001", "ISO005"])
    assert read["public.bills"].status is Status.PASSED
    assert called["public.my_bills()"].status is Status.PASSED
    assert why is None


def test_the_role_of_the_application_is_tried_as_any_other(found):
    (beside,), names, _ = found(KEPT, checks=["ISO010"])
    assert beside[f"{names['api']}: statements of its other sessions"].status is Status.FAILED


POOLED = """
create role {pool} login noinherit; grant {api} to {pool}; alter role {api} nologin;
grant select on public.bills to service_role;
"""


def test_a_pool_that_becomes_the_role_is_where_its_connections_begin(found):
    (read, roles, beside), names, _ = found(
        KEPT, POOLED, "grant service_role to {pool};", checks=["ISO001", "ISO009", "ISO010"]
    )
    assert read["public.bills"].status is Status.PASSED
    assert not [finding for finding in roles.values() if finding.status is Status.FAILED]
    assert beside[f"{names['pool']} as service_role"].status is Status.FAILED


def test_a_role_of_users_that_may_become_one_above_the_policies_is_a_leak(found):
    lent = "grant select on public.bills to service_role; grant service_role to {api};"
    (roles,), names, _ = found(KEPT, lent, checks=["ISO009"])
    assert roles[f"{names['api']} as service_role"].status is Status.FAILED


def test_claims_that_were_never_made_are_missing_on_both_sides(found):
    open_ = f"{BY_UID} or current_setting('request.jwt.claims', true) is null"
    (read,), _, _ = found(KEPT, checks=["ISO001"], mine=open_)
    assert read["public.bills"].status is Status.FAILED
    assert "a caller without a user, on a new connection" in read["public.bills"].detail
