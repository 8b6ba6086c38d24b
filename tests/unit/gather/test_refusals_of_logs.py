"""Which refusals are about the deed that was tried on a log, and not about how it was tried."""

import pytest

from pytest_readiness.gather.trail.altering import came_to_it


@pytest.mark.parametrize(
    ("state", "came"),
    [
        ("", True),
        ("42501", True),
        ("P0001", True),
        ("42883", False),
        ("42P01", False),
        ("428C9", False),
        ("2D000", False),
        ("22P02", False),
        ("23502", False),
        ("57014", False),
    ],
)
def test_what_named_nothing_that_there_is_was_not_refused(state, came):
    assert came_to_it(state) is came
