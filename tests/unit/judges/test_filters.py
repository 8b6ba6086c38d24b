"""A body looks for an argument in lists, and asks whether it was given."""

import pytest

from pytest_readiness.judges.sql.filters import listed, may_be_left_out


@pytest.mark.parametrize(
    "body",
    [
        "where p_tag = any (a.tags)",
        "where a.tags @> array[p_tag]",
        "where tags && p_tag",
        'where p_tag <@ a."tags"',
        "where array[ p_tag ] && a.tags",
        "where find.p_tag = ANY(tags)",
    ],
)
def test_a_list_in_which_a_body_looks(body):
    assert listed(body, "p_tag") == {"tags"}


@pytest.mark.parametrize(
    "body", ["where p_tag = a.tags", "where p_tags && a.tags", "where a.tags @> '{x}'", ""]
)
def test_no_list(body):
    assert not listed(body, "p_tag")
    assert not listed(body, "")


@pytest.mark.parametrize(
    ("body", "may"),
    [
        ("if p_tag is not null then", True),
        ("where (p_tag is null or x = p_tag)", True),
        ("where x = coalesce(p_tag, x)", True),
        ("where x = p_tag and y is null", False),
    ],
)
def test_what_may_be_left_out(body, may):
    assert may_be_left_out(body, ("", "p_tag")) is may
