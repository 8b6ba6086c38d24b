"""What code calls by a bare name is told with how much it is given; what names its schema is not."""

import pytest

from pytest_readiness.judges.sql.bare_calls import bare_calls


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("select lower(s.label) from station s", {("lower", 1)}),
        ("select tides.lower(s.label), pg_catalog.upper(x)", set()),
        ("select pad(trim(a), round(b, 2))", {("pad", 2), ("trim", 1), ("round", 2)}),
        ("return now();", {("now", 0)}),
        ("return fit(array[1, 2], 'a, b(c)')", {("fit", 2)}),
        ("-- said(1)\nselect 'call(2)'", set()),
    ],
)
def test_calls_are_told_with_their_number_of_arguments(body, said):
    assert set(bare_calls(body)) == said


def test_a_call_that_nothing_closes_is_still_one():
    assert bare_calls("half(a, b") == (("half", 2),)
