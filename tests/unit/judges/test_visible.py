"""What only one owner's rows hold tells of him."""

from pytest_readiness.judges.isolation.visible import marks_of


def test_values_of_one_owner_tell_of_him_the_longest_first():
    rows = [
        {"owner": 1, "note": "a long note", "kind": "on its way"},
        {"owner": 1, "note": "4711-b", "kind": "on its way", "state": "cancelled"},
        {"owner": 2, "note": "an other", "kind": "on its way", "paid": None, "state": "in_progress"},
        {"owner": None, "note": "nobody's"},
    ]
    assert marks_of(rows, "owner") == {"1": ("a long note", "4711-b"), "2": ("an other",)}


def test_rows_that_name_nobody_tell_nothing():
    assert marks_of([{"note": "a long note"}], "owner") == {}


def test_a_key_of_an_owner_in_another_column_tells_of_nobody():
    rows = [{"owner": "owner-1", "approved_by": "owner-2"}, {"owner": "owner-2", "approved_by": "owner-3"}]
    assert marks_of(rows, "owner") == {"owner-1": (), "owner-2": ("owner-3",)}
