"""What an entry says of roles and requests, and what a role may do that owns a log or borrows what writes it."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system
from trail_schemas import jobs


def named(server, tmp_path, sql):
    with system(server, tmp_path, sql) as target:
        return by_subject(judged(target, "AUD003"))["public.jobs"]


@pytest.mark.parametrize(
    ("column", "value", "place"),
    [
        ("db_role text", "current_user", "db_role"),
        ("by_role name not null default current_user", "", "by_role"),
        ("context jsonb", "jsonb_build_object('app', 'api', 'role', user)", "context -> role"),
    ],
    ids=["by the function", "by default", "in a document"],
)
def test_the_owner_of_what_records_did_not_act(server, tmp_path, column, value, place):
    found = named(server, tmp_path, jobs(column, value))
    assert found.status is Status.FAILED, found
    assert f"by service_role has for {place} in audit.log the owner" in found.detail
    assert "whoever acts" in found.detail
    assert "session_user" in found.fix


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("db_role text", "current_setting('role')"),
        ("db_login text", "session_user"),
        ("source text", "'postgres'"),
        ("as_whom text default current_user, db_role text", "current_user, current_setting('role')"),
    ],
    ids=["the role", "the login", "a word that is his name", "the role beside"],
)
def test_who_acted_may_be_told_as_a_role(server, tmp_path, column, value):
    sql = jobs(column, value)
    sql = sql.replace("as_whom, old", "as_whom, db_role, old") if "as_whom" in column else sql
    assert named(server, tmp_path, sql).status is Status.PASSED


ONCE = """
create function audit.request() returns text language plpgsql set search_path = '' as $$
begin
  if coalesce(current_setting('audit.txn', true), '') = '' then
    perform set_config('audit.txn', gen_random_uuid()::text, true);
  end if;
  return current_setting('audit.txn', true);
end $$;
"""
CONTEXT = "create table audit.request_context (xid text primary key, id uuid not null);"
NEW = "gen_random_uuid()::text"


@pytest.mark.parametrize(
    ("column", "value", "helper"),
    [
        ("correlation_id text", NEW, ""),
        ("trace_id uuid not null default gen_random_uuid()", "", ""),
        ("request_id text", "'req-' || nextval('audit.requests')", "create sequence audit.requests;"),
    ],
    ids=["by the function", "by default", "counted"],
)
def test_entries_of_one_request_say_so(server, tmp_path, column, value, helper):
    found = named(server, tmp_path, jobs(column, value, helper))
    assert found.status is Status.FAILED, found
    assert f"has another {column.split()[0]} in audit.log than a write before it" in found.detail
    assert "a setting that the request makes" in found.fix


@pytest.mark.parametrize(
    ("column", "value", "helper"),
    [
        ("correlation_id text", f"coalesce(nullif(current_setting('app.req', true), ''), {NEW})", ""),
        (
            "request_id text",
            f"coalesce(nullif(current_setting('request.headers', true), '')::json ->> 'x-req', {NEW})",
            "",
        ),
        (
            f"request_id text default coalesce(nullif(current_setting('app.request', true), ''), {NEW})",
            "",
            "",
        ),
        ("correlation_id text", "audit.request()", ONCE),
        ("correlation_id text", "pg_current_xact_id()::text", ""),
        (
            "correlation_id text",
            f"coalesce((select c.id::text from audit.request_context c where c.xid = 'x'), {NEW})",
            CONTEXT,
        ),
        ("request_id uuid unique default gen_random_uuid()", "", ""),
        ("request_id text", "coalesce(n, o) ->> 'id'", ""),
    ],
    ids=["a setting", "a header", "by default", "once", "transaction", "a table", "one entry", "of the row"],
)
def test_what_a_request_says_of_itself_is_asked_before_anything_is_drawn(
    server, tmp_path, column, value, helper
):
    assert named(server, tmp_path, jobs(column, value, helper)).status is Status.PASSED


KEEPER = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'audit_keeper') then create role audit_keeper nologin; end if;
end $$;
grant audit_keeper to postgres;
grant usage, create on schema audit to audit_keeper;
{member}
alter table audit.log owner to audit_keeper;
"""
OWNED = """
grant usage, create on schema audit to service_role;
alter table audit.log owner to service_role;
"""
HOLLOW = """
grant usage, create on schema audit to service_role;
alter function audit.no() owner to service_role;
grant delete on audit.log to service_role;
"""
PARTS = """
drop table audit.log;
create table audit.log (n uuid not null default gen_random_uuid(), at timestamptz not null default clock_timestamp(),
  table_name text not null, operation text not null, row_id text, actor uuid, old_data jsonb, new_data jsonb)
  partition by list (operation);
create table audit.log_rest partition of audit.log default;
create trigger no before update or delete on audit.log for each row execute function audit.no();
"""
HELD = """
create function audit.hold() returns event_trigger language plpgsql set search_path = '' as $$
begin
  if current_setting('role', true) = 'service_role' then raise exception 'not by the application'; end if;
end $$;
create event trigger hold on ddl_command_start execute function audit.hold();
"""


def lasting(server, tmp_path, sql):
    # As on a server whose owner may make event triggers.
    with system(server, tmp_path, sql, migrations_as="superuser") as target:
        return by_subject(judged(target, "AUD005"))["audit.log"]


@pytest.mark.parametrize(
    ("rest", "deeds"),
    [
        (OWNED, ["DISABLE TRIGGER by service_role", "DELETE without the guards of the log by service_role"]),
        (KEEPER.format(member="grant audit_keeper to service_role;"), ["by service_role as audit_keeper"]),
        (PARTS + OWNED, ["DETACH PARTITION by service_role"]),
        (
            HOLLOW,
            ["DELETE after audit.no was replaced by service_role"],
        ),
    ],
    ids=["the service", "what it may become", "partitions", "the guard"],
)
def test_entries_do_not_outlast_an_application_that_owns_what_keeps_them(server, tmp_path, rest, deeds):
    found = lasting(server, tmp_path, jobs() + rest)
    assert found.status is Status.FAILED, found
    for deed in deeds:
        assert deed in found.detail


@pytest.mark.parametrize(
    "rest", ["", KEEPER.format(member="revoke audit_keeper from service_role;"), OWNED + HELD]
)
def test_entries_outlast_the_application_that_cannot_alter_their_log(server, tmp_path, rest):
    found = lasting(server, tmp_path, jobs() + rest)
    assert found.status is Status.PASSED, found


SUBJECT = "audit.log: audit.record on another table"
LENT = "grant execute on function audit.record() to public;"
CHANGES = """
drop trigger record on public.jobs;
create trigger record after update on public.jobs for each row when (old.* is distinct from new.*)
  execute function audit.record();
"""
GONE = CHANGES.replace("update", "delete").replace("when (old.* is distinct from new.*)", "")
STATEMENT = """
drop trigger record on public.jobs;
create function audit.record_all() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into audit.log (table_name, operation, row_id, actor, new_data)
  select tg_table_name, tg_op, f.id::text, auth.uid(), to_jsonb(f) from fresh f;
  return null;
end $$;
create trigger record after insert on public.jobs referencing new table as fresh
  for each statement execute function audit.record_all();
"""
CLOSED = (
    "do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$;"
)


def lent(server, tmp_path, sql):
    with system(server, tmp_path, sql, migrations_as="superuser") as target:
        return by_subject(judged(target, "AUD010"))


@pytest.mark.parametrize("rest", ["", CHANGES, GONE], ids=["each row", "changes alone", "the end alone"])
def test_what_records_can_be_borrowed_where_everybody_may_execute_it(server, tmp_path, rest):
    found = lent(server, tmp_path, jobs() + LENT + rest)[SUBJECT]
    assert found.status is Status.FAILED, found
    assert "as authenticated attaches audit.record to a temporary table called jobs" in found.detail
    assert found.fix.startswith("revoke execute on function audit.record() from public")


def test_what_records_whole_statements_can_be_borrowed_too(server, tmp_path):
    found = lent(server, tmp_path, jobs() + STATEMENT)
    assert found["audit.log: audit.record_all on another table"].status is Status.FAILED


@pytest.mark.parametrize("rest", ["", LENT + CLOSED], ids=["not to execute", "no table of his own"])
def test_what_nobody_may_borrow_is_not_told(server, tmp_path, rest):
    assert lent(server, tmp_path, jobs() + rest)[SUBJECT].status is Status.PASSED


def test_a_borrowed_entry_can_be_seen_again(server, tmp_path):
    with system(server, tmp_path, jobs() + LENT) as target:
        found = by_subject(judged(target, "AUD010"))[SUBJECT]
        cursors = target.database().execute(found.reproduce.encode()).results()
        shown = [row for cursor in cursors if cursor.description for row in cursor.fetchall()]
    assert any("jobs" in row for row in shown)


SHOP = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'till_owner') then create role till_owner nologin; end if;
  if not exists (select from pg_roles where rolname = 'till_api') then create role till_api login; end if;
end $$;
create schema till;
create table till.orders (id bigint generated by default as identity primary key, total numeric not null,
  customer uuid not null default nullif(current_setting('app.user_id', true), '')::uuid);
alter table till.orders enable row level security, force row level security;
create policy own on till.orders to till_api using (customer = nullif(current_setting('app.user_id', true), '')::uuid);
create table till.audit_log (id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(), table_name text not null, operation text not null,
  user_id uuid, db_user text, old_data jsonb, new_data jsonb);
create function till.record() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into till.audit_log (table_name, operation, user_id, db_user, old_data, new_data)
  values (tg_table_name, tg_op, nullif(current_setting('app.user_id', true), '')::uuid, current_user,
    case when tg_op <> 'INSERT' then to_jsonb(old) end, case when tg_op <> 'DELETE' then to_jsonb(new) end);
  return null;
end $$;
create trigger record after insert or update or delete on till.orders
  for each row execute function till.record();
alter table till.orders owner to {owner};
alter table till.audit_log owner to {owner};
alter function till.record() owner to {owner};
grant usage on schema till to till_owner, till_api;
grant select, insert, update, delete on till.orders to till_api;
"""


@pytest.mark.parametrize(
    ("owner", "status"),
    [("till_owner", Status.FAILED), ("till_api", Status.PASSED)],
    ids=["another", "itself"],
)
def test_an_application_of_one_role_is_told_from_others(server, tmp_path, owner, status):
    sql = SHOP.format(owner=owner)
    with system(server, tmp_path, sql, profile="postgres", migrations_as="superuser") as target:
        found = by_subject(judged(target, "AUD003"))["till.orders"]
    assert found.status is status, found
    assert ("by alice has for db_user in till.audit_log the owner" in found.detail) is (
        status is Status.FAILED
    )
