"""What entries have of the request that made a change: its session, correlation, address and agent."""

import pytest

from pytest_readiness.settings import Audit, AuditSession
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system
from trail_schemas import jobs

HELPER = """
create function audit.ctx(k text) returns text language sql stable set search_path = '' as $$
  select nullif(current_setting('app.' || k, true), '') $$;
grant execute on function audit.ctx(text) to public;
"""
HEADER = "nullif(current_setting('request.headers', true), '')::json ->> 'x-forwarded-for'"


def said(server, tmp_path, sql, **session):
    with system(server, tmp_path, sql, audit=Audit(session=AuditSession(**session))) as target:
        return by_subject(judged(target, "AUD003"))


@pytest.mark.parametrize(
    ("column", "value", "helper"),
    [
        ("session_id text", "audit.ctx('session_id')", HELPER),
        ("request_id text", "audit.ctx('corelation')", HELPER),
        ("ip_address inet", f"({HEADER})::inet", ""),
        ("user_agent text default current_setting('app.client', true)", "", ""),
        (
            "session_id text",
            "(nullif(current_setting('request.jwt.claims', true), '')::json) ->> 'session_id'",
            "",
        ),
        ("ip_address inet", "inet_client_addr()", ""),
    ],
    ids=["by a helper", "misspelt", "a header", "by default", "a claim", "the connection"],
)
def test_what_is_filled_in_some_way_is_no_question(server, tmp_path, column, value, helper):
    found = said(server, tmp_path, jobs(column, value, helper))
    assert {one.status for one in found.values()} == {Status.PASSED}, found


@pytest.mark.parametrize(("column", "key"), [("ip_address inet", "ip"), ("session_id text", "session")])
def test_a_column_that_nothing_fills_is_asked_about(server, tmp_path, column, key):
    found = said(server, tmp_path, jobs(column))
    asked = found.pop(f"audit.log.{column.split()[0]}")
    assert asked.status is Status.UNKNOWN
    assert asked.fix == f'[audit.session]\n{key} = "app.…"'
    assert found["public.jobs"].status is Status.PASSED


def test_what_is_declared_to_be_carried_has_to_be_told(server, tmp_path):
    sql = jobs("correlation_id text", "audit.ctx('corelation_id')", HELPER)
    (found,) = said(server, tmp_path, sql, correlation="app.correlation_id").values()
    assert found.status is Status.FAILED
    assert "has nothing for the correlation id" in found.detail


@pytest.mark.parametrize(("name", "status"), [("my.user", Status.FAILED), ("app.user", Status.PASSED)])
def test_who_acts_may_be_declared_to_be_told_by_the_backend(server, tmp_path, name, status):
    told = "coalesce(auth.uid(), nullif(current_setting('app.user', true), '')::uuid), o"
    sql = jobs().replace("auth.uid(),  o", told)
    (found,) = said(server, tmp_path, sql, actor=name).values()
    assert found.status is status, found


def test_a_setting_may_be_called_by_a_word_of_sql(server, tmp_path):
    told = "coalesce(nullif(current_setting('app.user', true), '')::uuid, auth.uid()), o"
    (found,) = said(server, tmp_path, jobs().replace("auth.uid(),  o", told)).values()
    assert found.status is Status.FAILED
    assert "after a false word in the setting app.user has it for the actor" in found.detail
