"""What a policy asks new rows for is tried of few columns, however many there are."""

from itertools import islice

from pytest_readiness.gather.attacks.writing.crossed_policies import assignments
from relations import column


def test_all_columns_are_set_at_once():
    both = [(column("accepted"), ["true", "false"]), (column("state"), ["open"])]
    assert list(assignments(both)) == [
        "accepted = 'true', state = 'open'",
        "accepted = 'false', state = 'open'",
    ]


def test_no_column_asks_for_nothing():
    assert list(assignments([])) == []


def test_of_many_columns_only_what_is_tried_is_put_together():
    many = [(column(f"c{number}"), ["true", "false"]) for number in range(200)]
    assert len({*islice(assignments(many), 24)}) == 24
