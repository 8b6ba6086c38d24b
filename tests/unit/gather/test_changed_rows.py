"""What a statement did to several rows is told apart by their keys."""

from pytest_readiness.gather.trail.turn import Done
from pytest_readiness.gather.trail.writer import changed_rows

ONE, TWO = {"id": 1, "n": 1}, {"id": 2, "n": 5}


def test_rows_are_paired_by_their_key_and_not_by_their_place():
    done = Done("", "", gone=(ONE, TWO), new=({"id": 2, "n": 4}, {"id": 1, "n": 9}))
    assert changed_rows(done, ("id",)) == [(ONE, {"id": 1, "n": 9}), (TWO, {"id": 2, "n": 4})]


def test_what_left_and_what_came_are_two_and_what_stayed_is_first():
    done = Done("", "", gone=(ONE, TWO), new=({"id": 2, "n": 4}, {"id": 3, "n": 1}))
    assert changed_rows(done, ("id",)) == [(TWO, {"id": 2, "n": 4}), (ONE, None), (None, {"id": 3, "n": 1})]


def test_a_single_row_may_have_changed_its_key():
    assert changed_rows(Done("", "", gone=(ONE,), new=(TWO,)), ("id",)) == [(ONE, TWO)]
