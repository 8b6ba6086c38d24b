"""Functions find rows by parts of their times: the year of a day, or how its month is spelt."""

import pytest

from pytest_readiness.judges.sql.parts import parts


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("where to_char(b.due, 'YYYY-MM') = p", "to_char({}, 'YYYY-MM')"),
        ("where p = to_char(due::date, 'YYYY-MM'::text)", "to_char({}::date, 'YYYY-MM'::text)"),
        ("where extract(year from due)::int = p", "extract(year from {})"),
        ("where bill.p = (date_part('month', b.due))", "date_part('month', {})"),
        (
            "where (date_trunc('week', due))::date = coalesce_p or date_trunc('day', due) = p",
            "date_trunc('day', {})",
        ),
    ],
)
def test_a_part_is_what_is_compared_with_an_argument(body, found):
    assert [(one.column, one.of("{}")) for one in parts(body, "p")] == [("due", found)]


@pytest.mark.parametrize(
    "body",
    ["where due = p", "where extract(year from due) = q", "where to_char(due, 'YYYY') > p", "p = lower(due)"],
)
def test_other_comparisons_take_no_part(body):
    assert not [*parts(body, "p")]
    assert not [*parts(body, "")]
