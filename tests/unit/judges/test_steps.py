"""Steps are of no side where both may take the same ones, and others are refused to both."""

import pytest

from pytest_readiness.judges.purpose.steps import unsided

PAID, SENT, LOST = ("new", "paid"), ("paid", "sent"), ("new", "lost")


def test_the_same_steps_of_some_are_of_no_side():
    assert unsided({PAID, SENT}, {SENT, PAID}, 3) == [PAID, SENT]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({PAID, SENT}, {PAID}),
        ({PAID, SENT}, {PAID, LOST}),
        ({PAID}, {PAID}),
        (set(), set()),
        ({(a, b) for a in "abc" for b in "abc" if a != b},) * 2,
    ],
    ids=["one more", "others", "one alone", "none", "every step"],
)
def test_steps_of_one_side_and_steps_that_nothing_orders_are_none(one, other):
    assert unsided(one, other, 3) == []
