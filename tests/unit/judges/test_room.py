"""Until when there are partitions for entries."""

import pytest

from pytest_readiness.evidence.audit import Ending
from pytest_readiness.judges.audit.room import full_from


@pytest.mark.parametrize(
    ("bounds", "until"),
    [
        (("2026-07-01", "2026-11-28 00:00:00+00"), "2026-11-28"),
        (("2026-01-01",), "2026-01-01"),
        (("2027-07-01 00:00:00+00", "2026-07-01"), ""),
        (("1000000",), ""),
    ],
    ids=["in two days", "gone by", "in half a year", "numbers"],
)
def test_a_log_that_ends_soon_is_told(bounds, until):
    assert full_from(Ending("audit.entries", bounds, "2026-11-26T10:00:00.5+00:00")) == until
