"""Columns of views that nothing computes, as the server prints their queries."""

from dataclasses import replace

import pytest

from pytest_readiness.judges.sql.stored_columns import as_stored, by_itself
from relations import column, relation

PLAIN = " SELECT n.sleeper,\n    n.hours\n   FROM nights n"


def view(*names, text=PLAIN):
    return replace(relation("public.curve", *map(column, names)), kind="view", view=text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PLAIN, {"hours": "hours"}),
        (" SELECT sleeper,\n    sum(hours) AS hours\n   FROM nights\n  GROUP BY sleeper", {}),
        (" SELECT n.woke AS hours\n   FROM nights n", {"hours": "woke"}),
        (" SELECT n.sleeper,\n    n.woke AS hours,\n    n.no\n   FROM nights n", {"hours": "woke"}),
        (" SELECT n.woke + 1 AS hours\n   FROM nights n", {}),
        (" SELECT x.woke AS hours\n   FROM ( SELECT max(n.woke) AS woke\n           FROM nights n) x", {}),
        (
            " WITH hours AS (\n SELECT n.hours FROM nights n)\n SELECT hours.hours FROM hours",
            {"hours": "hours"},
        ),
        (" SELECT a.woke AS hours FROM a\nUNION ALL\n SELECT b.slept AS hours FROM b", {}),
        (' SELECT n."Woke" AS hours\n   FROM nights n', {"hours": "Woke"}),
    ],
)
def test_a_column_is_what_a_table_holds_unless_something_computes_it(text, found):
    assert as_stored(view("hours", text=text), [text]) == found


def test_what_a_view_below_computes_is_computed():
    below = " SELECT n.sleeper,\n    avg(n.hours) AS hours\n   FROM nights n\n  GROUP BY n.sleeper"
    assert as_stored(view("sleeper", "hours"), [PLAIN, below]) == {"sleeper": "sleeper"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PLAIN, True),
        (" SELECT n.hours - lag(n.hours) OVER (ORDER BY n.no) AS more FROM nights n", True),
        (" SELECT n.sleeper FROM nights n GROUP BY n.sleeper", False),
        (" SELECT max(n.hours) AS most FROM nights n", False),
        (" SELECT array_agg(n.hours) AS every_one FROM nights n", False),
        (" SELECT DISTINCT n.sleeper FROM nights n", False),
    ],
)
def test_a_row_is_made_of_one_unless_several_are_put_together(text, found):
    assert by_itself([PLAIN, text]) is found
