"""LIM003 on observations made by hand."""

import pytest

from pytest_readiness.evidence.admissions import Race
from readiness_checks.limits.callers_at_once_share_one_limit import callers_at_once_share_one_limit as check


@pytest.mark.parametrize("prop", ["lockstep_race", "threads_race", "instances_share"])
@pytest.mark.parametrize(
    ("admitted", "error", "status"),
    [(10, "", "passed"), (9, "", "passed"), (11, "", "failed"), (10, "Boom", "failed"), (0, "", "unknown")],
)
def test_no_more_than_the_limit(verdict, prop, admitted, error, status):
    race = Race(prop, 10, 60.0, "16 callers", 10, 48, admitted, 0.1, error)
    assert verdict(check, race)[0] == status


def test_a_bucket_refills_while_a_race_lasts(verdict):
    race = Race("threads_race", 10, 60.0, "16 callers", 10, 48, 11, 6.0)
    assert verdict(check, race, guarantee="token-bucket")[0] == "passed"
    assert verdict(check, race)[0] == "failed"


def test_a_race_that_shows_nothing_hides_no_failure_behind_it(verdict):
    nobody, too_many = (Race("threads_race", 10, 60.0, "callers", 10, 48, n, 0.1) for n in (0, 14))
    assert verdict(check, nobody, too_many)[0] == "failed"
    assert verdict(check, nobody, Race("threads_race", 10, 60.0, "callers", 10, 48, 10, 0.1))[0] == "unknown"


def test_a_caller_that_never_gets_an_answer_is_told(verdict):
    status, detail = verdict(check, Race("threads_race", 10, 60.0, "16 callers", 10, 48, 9, 10.2, hung=2))
    assert status == "failed"
    assert "2 callers had no answer after 10 s" in detail
