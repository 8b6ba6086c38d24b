"""What a connection keeps, told from what functions say."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.judges.sql.keeping import (
    hers_alone,
    keeps,
    kept_names,
    mentions,
    outlives,
    reads_from,
    remembers_its_caller,
)

TENANT = Function(
    schema="public", name="public.tenant", signature="public.tenant()", kind="function", returns="uuid",
    definer=False, owner="owner", volatility="immutable", language="sql", config=(),
    body="select current_setting('app.tenant')::uuid", defaults=0, arguments=(), callers=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("create temp table if not exists lines as select 1", {"lines"}),
        ("CREATE TEMPORARY TABLE lines (a int)", {"lines"}),
        ("create local temp table pg_temp.lines (a int)", {"lines"}),
        ('create temp table "Lines" (a int)', {"Lines"}),
        ("create table if not exists pg_temp.lines (a int)", {"lines"}),
        ("select a into temporary table lines from b", {"lines"}),
        ("begin perform set_config('app.user', f(g(h(1))), false); end", {"app.user"}),
        ("begin set app.user = 'x'; end", {"app.user"}),
        ("execute 'prepare mine as select 1'", {"mine"}),
    ],
)
def test_what_outlives_a_transaction_has_a_name(body, names):
    assert outlives(body)
    assert keeps(body)
    assert kept_names([body]) == names


@pytest.mark.parametrize(
    "body",
    [
        "perform set_config('app.user', f(g(h(1))), true)",
        "begin set local app.user = 'x'; end",
        "create table public.lines (a int)",
        "update lines set a = 1",
        "-- create temp table lines\nselect 1",
    ],
)
def test_what_ends_with_its_transaction_is_not_kept(body):
    assert not outlives(body)
    assert not kept_names([body])


def test_a_name_is_mentioned_whole():
    assert mentions("select * from pg_temp.lines", {"lines"})
    assert not mentions("select * from headlines, lines_of", {"lines"})
    assert not mentions("-- lines", {"lines"})


def test_an_answer_that_depends_on_the_caller_changes_whatever_is_declared():
    asking = replace(TENANT, body="select auth.uid()", volatility="stable")
    assert remembers_its_caller(TENANT, [])
    assert remembers_its_caller(replace(TENANT, body="select whoami()"), [asking])
    assert not remembers_its_caller(replace(TENANT, volatility="stable"), [])
    assert not remembers_its_caller(replace(TENANT, body="select 1"), [])


def test_a_number_is_hers_that_nobody_else_is_told_without_her():
    assert hers_alone(["48151623"], ["48151623"], ["0"]) == "48151623"
    assert not hers_alone(["48151623"], ["48151623"], ["48151623"])
    assert not hers_alone(["48151623"], ["1"], [])
    assert not hers_alone(["2026"], ["2026"], [])


@pytest.mark.parametrize(
    ("body", "reads"),
    [
        ("select * from lines", True),
        ("perform 1 from a join  pg_temp . lines l on true", True),
        ('select * from only pg_temp."lines"', True),
        ("delete from lines", False),
        ("DELETE\nFROM lines; insert into lines select 1; drop table lines", False),
        ("select * from headlines, lines_of_his", False),
        ("-- from lines\nselect 1", False),
    ],
)
def test_a_function_reads_a_table_of_the_session(body, reads):
    assert reads_from(body, "lines") is reads
