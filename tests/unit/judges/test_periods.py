"""Times begin a period where code equates them with a time that is cut off there."""

import datetime as dt
from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.judges.owners.periods import beginning, periods_of
from relations import catalog, column, relation

MAY = dt.date(2031, 5, 22)


def periods(body, using="true"):
    bills = relation(
        "public.bills", column("id"), column("due", "date"), column("sum", "numeric"), using=(using,)
    )
    function = Function(
        schema="public",
        name="public.bill",
        signature="public.bill(p date)",
        kind="function",
        returns="numeric",
        definer=True,
        owner="postgres",
        volatility="stable",
        language="plpgsql",
        config=(),
        body=body,
        defaults=0,
        arguments=(),
        callers=(),
    )
    return periods_of(replace(catalog(bills), functions=(function,)))


@pytest.mark.parametrize(
    "body",
    [
        "select b.sum from bills b where b.due = date_trunc('month', p)::date",
        "select b.sum from bills b where (date_trunc('Month'::text, coalesce(p, now())))::date = b.due",
        "select sum from bills where due = cast(date_trunc('month', p) as date) limit 1",
        "declare f date := date_trunc('month', p); begin return (select sum from bills where due = f); end",
    ],
    ids=["by itself", "turned round", "as another type", "a variable"],
)
def test_a_time_that_is_equated_with_the_beginning_of_a_month_begins_one(body):
    assert periods(body) == {("public.bills", "due"): "month"}


def test_so_it_does_where_a_policy_says_so():
    assert periods("", "(due = (date_trunc('week'::text, now()))::date)") == {("public.bills", "due"): "week"}


@pytest.mark.parametrize(
    "body",
    [
        "select b.sum from bills b where b.due >= date_trunc('month', p)",
        "select b.sum from bills b where date_trunc('month', b.due) = p",
        "select b.sum from bills b where b.sum = extract(month from date_trunc('month', p))",
        "select b.sum from bills b where b.due = p",
    ],
    ids=["later", "cut off itself", "a number", "as it is"],
)
def test_any_other_time_stays_as_it_is(body):
    assert not periods(body)


@pytest.mark.parametrize(
    ("unit", "day"),
    [
        ("day", "2031-05-22"),
        ("hour", "2031-05-22"),
        ("week", "2031-05-19"),
        ("month", "2031-05-01"),
        ("quarter", "2031-04-01"),
        ("year", "2031-01-01"),
    ],
)
def test_a_period_begins_on_its_first_day(unit, day):
    assert beginning(unit, MAY) == day
