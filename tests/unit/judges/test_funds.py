"""Numbers that a person may be robbed of."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CheckConstraint
from pytest_readiness.judges.owners.funds import funds, most_of, spends
from relations import column, relation


@pytest.mark.parametrize(
    ("name", "kind", "default", "check", "found"),
    [
        ("marks", "bigint", "0", "CHECK ((marks >= 0))", True),
        ("marks", "numeric(20,2)", "(0)::numeric", "CHECK ((marks >= (0)::numeric))", True),
        ("balance", "numeric(14,2)", "0.00", "", True),
        ("creditBalance", "integer", "0", "", True),
        ("marks", "bigint", "0", "", False),
        ("marks", "bigint", "10", "CHECK ((marks >= 0))", False),
        ("marks", "text", "'0'::text", "", False),
        ("failed_attempts", "integer", "0", "CHECK ((failed_attempts >= 0))", False),
        ("marks", "integer", "0", "CHECK ((other_marks >= 0))", False),
    ],
)
def test_what_begins_with_nothing_and_never_falls_below_it_is_wealth(name, kind, default, check, found):
    checks = (CheckConstraint("c", (name,), check),) if check else ()
    purse = replace(
        relation("public.purses", column("id"), column(name, kind, default=default)), checks=checks
    )
    assert [one.name for one in funds(purse)] == [name] * found


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("pages", "update purses p set pages = p.pages - n where p.id = purse", True),
        ("pages", "update purses p set used = 1 where p.id = purse and p.pages >= n", True),
        ("pages", "update purses set pages = there - n where id = purse", True),
        ("pages", 'update purses set "pages" = "pages" - 1', True),
        ("pages", "update purses set pages = pages + n, other = other - n", False),
        ("reserved", "update purses set pages = 0 where balance - reserved >= n", False),
        ("spent", "update purses set x = 1 where spent - n >= 0", False),
        ("pages", "select pages ->> 'a', pages @> b from purses", False),
        ("pages", "insert into purses (pages) values (1)", False),
        ("id", "update purses set x = 1 where id > n", False),
    ],
)
def test_what_code_takes_from_or_asks_enough_of(name, body, found):
    purse = (
        relation("public.purses", column("id", "integer"), column(name, "integer")) if name != "id" else None
    )
    purse = purse or relation("public.purses", column("id", "integer"))
    assert [one.name for one in spends(purse, body)] == [name] * found


@pytest.mark.parametrize(
    ("kind", "check", "most"),
    [
        ("integer", "", "2000000000"),
        ("numeric", "", "2000000000"),
        ("numeric(10,2)", "", "99999999"),
        ("numeric(20,2)", "CHECK ((pages >= (0)::numeric))", "2000000000"),
        ("integer", "CHECK ((pages <= 100))", ""),
        ("integer", "CHECK (((pages >= 0) AND (total >= pages)))", ""),
    ],
)
def test_as_much_as_fits(kind, check, most):
    checks = (CheckConstraint("c", ("pages",), check),) if check else ()
    purse = replace(relation("public.purses", column("id"), column("pages", kind)), checks=checks)
    assert most_of(purse, purse.columns[1]) == most
