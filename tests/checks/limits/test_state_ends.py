"""LIM005 on observations made by hand."""

import pytest

from pytest_readiness.evidence.admissions import Growth, Leftover
from readiness_checks.limits.state_ends import state_ends as check


@pytest.mark.parametrize("prop", ["ttl_set", "crash_between_commands", "expiry_between_commands"])
@pytest.mark.parametrize(
    ("left", "status"), [(60_000, "passed"), (180_000, "passed"), (None, "failed"), (180_001, "failed")]
)
def test_every_key_ends_in_time(verdict, prop, left, status):
    leftover = Leftover(prop, "after a hit", 60.0, (("'a'", 1), ("'b'", left)))
    assert verdict(check, leftover)[0] == status


def test_no_key_at_all_ends_too(verdict):
    assert verdict(check, Leftover("ttl_set", "after a hit", 60.0, ()))[0] == "passed"


@pytest.mark.parametrize(("after", "status"), [(1000, "passed"), (1600, "passed"), (5000, "failed")])
def test_state_does_not_grow(verdict, after, status):
    assert verdict(check, Growth("memory_bounded", "hits", 1000, after))[0] == status


@pytest.mark.parametrize(("left", "status"), [(86_400_000, "passed"), (3 * 86_400_001, "failed")])
def test_the_longest_window_that_is_declared_says_how_long_keys_may_live(verdict, left, status):
    leftover = Leftover("ttl_set", "after a hit", 60.0, (("'a'", left),))
    assert verdict(check, leftover, tiers=((1000, 86_400.0),))[0] == status
