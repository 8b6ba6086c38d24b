"""WHK003 on deliveries made by hand."""

import pytest

from readiness_checks.webhooks.messages_act_once import messages_act_once as check


@pytest.mark.parametrize(("acted", "expected"), [(1, "passed"), (2, "failed"), (0, "failed")])
def test_what_comes_often_acts_once(verdict, acted, expected):
    assert verdict(check, "replayed", acted=acted, allowed=(1, 1), statuses=(200,) * 20) == expected


@pytest.mark.parametrize(
    ("group", "acted", "expected"),
    [("stale", 0, "passed"), ("stale", 1, "failed"), ("replayed", 1, "failed")],
)
def test_what_is_old_acts_no_more(verdict, group, acted, expected):
    assert verdict(check, group, acted=acted) == expected


def test_where_no_time_passed_nobody_knows_how_long_messages_are_remembered(verdict):
    assert verdict(check, "replayed", unmoved="no compiler") == "unknown"
    assert verdict(check, "replayed") == "passed"
