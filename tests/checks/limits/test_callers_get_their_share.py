"""LIM006 on observations made by hand."""

import pytest

from readiness_checks.limits.callers_get_their_share import callers_get_their_share as check


@pytest.mark.parametrize(
    ("picture", "status"), [("+++-+++--", "passed"), ("+++-++---", "failed"), ("+++-!++--", "failed")]
)
def test_the_whole_limit_comes_back(trial, verdict, picture, status):
    assert verdict(check, trial("recovers", picture, asked=4))[0] == status


@pytest.mark.parametrize(("picture", "status"), [("+-" * 30, "passed"), ("+++" + "-" * 57, "failed")])
def test_who_asks_too_often_gets_a_share(trial, verdict, picture, status):
    steady = trial("no_starvation", picture, apart=10.0)
    assert verdict(check, steady)[0] == status
    assert verdict(check, steady, counts_refused=True)[0] == "passed"


@pytest.mark.parametrize(("picture", "status"), [("+" * 20, "passed"), ("++-" * 10, "failed")])
def test_who_keeps_to_the_rate_is_served(trial, verdict, picture, status):
    assert verdict(check, trial("throughput_fair", picture, apart=20.4))[0] == status
