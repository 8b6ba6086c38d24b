"""Conditions are taken apart where an OR makes each part enough, and nowhere else."""

import pytest

from pytest_readiness.judges.sql.conditions import alternatives, enough


@pytest.mark.parametrize(
    ("condition", "parts"),
    [
        ("(a OR (b = 'x OR y'::text))", ["a", "b = 'x OR y'::text"]),
        ("((a AND (b OR c)) OR ((d) OR e))", ["a AND (b OR c)", "d", "e"]),
        ("(a) AND (b)", ["(a) AND (b)"]),
    ],
)
def test_each_part_is_enough_by_itself(condition, parts):
    assert [*alternatives(condition)] == parts


def test_columns_that_are_enough_are_names():
    assert enough('(verified OR in_team(team) OR ("Live") OR (NOT hidden))') == {"verified", "Live"}
    assert enough("(verified AND in_team(team))") == frozenset()
