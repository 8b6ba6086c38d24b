"""What only one owner's rows hold tells of him."""

from pytest_readiness.judges.visible import marks_of


def test_values_of_one_owner_tell_of_him_the_longest_first_and_his_key_last():
    rows = [
        {"owner": 1, "note": "a long note", "kind": "on its way"},
        {"owner": 1, "note": "4711-b", "kind": "on its way", "state": "cancelled"},
        {"owner": 2, "note": "an other", "kind": "on its way", "paid": None, "state": "in_progress"},
        {"owner": None, "note": "nobody's"},
    ]
    assert marks_of(rows, "owner") == {"1": ("a long note", "4711-b", "1"), "2": ("an other", "2")}


def test_rows_that_name_nobody_tell_nothing():
    assert marks_of([{"note": "a long note"}], "owner") == {}
