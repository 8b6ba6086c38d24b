"""What the API shows, and what leads to what it does not show."""

import pytest

from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Isolation
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SAID = """
do $$ begin
  execute format('alter database %I set pgrst.db_schemas = %L', current_database(), 'api, public');
end $$;
create table public.notes (id int primary key);
"""
TOLD = Isolation(schemas=("api",))


@pytest.mark.parametrize(
    ("sql", "isolation", "exposed"),
    [
        (SAID, TOLD, ("api", "public")),
        ("create table public.notes (id int primary key);", TOLD, ("api",)),
        ("create table public.notes (id int primary key);", Isolation(), ("public",)),
    ],
    ids=["the database", "settings", "nobody"],
)
def test_the_api_shows_what_the_database_says_or_else_settings(server, tmp_path, sql, isolation, exposed):
    with system(server, tmp_path, sql, isolation=isolation) as target:
        assert open_store(target, tmp_path).get(SchemaEvidence).exposed == exposed


def judge(server, root, check, *migrations):
    with system(server, root, *migrations) as target:
        found = by_subject(judged(target, check))
    return {name: one for name, one in found.items() if one.status is Status.FAILED}


RATES = """
create schema api;
create table api.rates (pair text primary key, rate numeric);
grant select, update on api.rates to authenticated;
"""


def test_a_table_counts_in_whatever_schema_clients_may_use(server, tmp_path):
    found = judge(server, tmp_path, "SCH001", RATES, "grant usage on schema api to authenticated;")
    assert "the API does not show api" in found["api.rates"].detail


def test_a_table_of_a_schema_that_no_client_may_use_is_reached_by_nobody(server, tmp_path):
    assert not judge(server, tmp_path, "SCH001", RATES)


QUEUE = """
create extension pgmq;
select pgmq.create('payouts');
grant usage on schema pgmq to authenticated;
grant select, insert on pgmq.q_payouts to authenticated;
"""


def test_a_queue_among_the_platforms_tables_needs_row_security_too(server, tmp_path):
    assert judge(server, tmp_path, "SCH001", QUEUE).keys() == {"pgmq.q_payouts"}


def test_a_queue_with_row_security_is_guarded(server, tmp_path):
    guarded = "alter table pgmq.q_payouts enable row level security;"
    assert not judge(server, tmp_path, "SCH001", QUEUE, guarded)


HELPERS = """
create table public.notes (id int primary key, owner uuid);
create schema private;
grant usage on schema private to authenticated;
create function private.mine(owner uuid) returns boolean language sql security definer set search_path = ''
  as $$ select owner = auth.uid() $$;
create function private.total() returns bigint language sql security definer set search_path = ''
  as $$ select count(*) from public.notes $$;
alter table public.notes enable row level security;
create policy own on public.notes using (private.mine(owner));
"""


def test_a_function_that_policies_need_is_not_told_where_the_api_does_not_show_it(server, tmp_path):
    assert judge(server, tmp_path, "SCH022", HELPERS).keys() == {"private.total() by authenticated"}


USERS = """
create view public.people with (security_invoker = on) as select id, email from auth.users;
alter table auth.users disable row level security;
grant usage on schema auth to authenticated;
grant select on public.people to authenticated;
"""


@pytest.mark.parametrize(
    ("grant", "read"), [("", False), ("(id)", False), ("(id, email)", True)], ids=["none", "some", "all"]
)
def test_a_view_with_its_callers_rights_shows_users_whom_he_may_read_himself(server, tmp_path, grant, read):
    held = f"grant select {grant} on auth.users to authenticated;" if grant else ""
    found = judge(server, tmp_path, "SCH003", USERS + held)
    assert ("public.people" in found) is read
