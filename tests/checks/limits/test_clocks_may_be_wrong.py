"""LIM008 on observations made by hand."""

import pytest

from readiness_checks.limits.clocks_may_be_wrong import clocks_may_be_wrong as check


@pytest.mark.parametrize(
    ("picture", "status"), [("+++---+++", "passed"), ("++++--+++", "failed"), ("+++---++-", "failed")]
)
def test_two_nodes_share_one_limit(trial, verdict, picture, status):
    assert verdict(check, trial("app_clock_skew", picture, asked=6))[0] == status


@pytest.mark.parametrize(
    ("guarantee", "picture", "status"),
    [
        ("sliding-window-log", "+++---+++", "passed"),
        ("sliding-window-log", "+++++-+++", "failed"),
        ("fixed-window", "+++++++++", "passed"),
        ("fixed-window", "+++---+--", "failed"),
    ],
)
def test_a_correction_of_time_opens_and_closes_nothing(trial, verdict, guarantee, picture, status):
    seen = trial("clock_backwards", picture, asked=6)
    assert verdict(check, seen, guarantee=guarantee)[0] == status
