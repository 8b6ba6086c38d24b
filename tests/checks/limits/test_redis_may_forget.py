"""LIM009 on observations made by hand."""

import pytest

from pytest_readiness.evidence.admissions import Outage
from readiness_checks.limits.redis_may_forget import redis_may_forget as check


@pytest.mark.parametrize(
    ("picture", "status"),
    [("+++--", "passed"), ("++++-", "failed"), ("+----", "failed"), ("+!++-", "failed")],
)
def test_a_forgotten_script_changes_nothing(trial, verdict, picture, status):
    assert verdict(check, trial("script_flush", picture))[0] == status


@pytest.mark.parametrize(
    ("picture", "status"),
    [
        ("++++++--+++--", "passed"),
        ("+++-----+++--", "passed"),
        ("+++++++-+++--", "failed"),
        ("++++++--++++-", "failed"),
        ("++++++--!++--", "failed"),
    ],
)
def test_forgotten_keys_start_anew(trial, verdict, picture, status):
    assert verdict(check, trial("flushall", picture, asked=8))[0] == status


@pytest.mark.parametrize(
    ("picture", "status"),
    [("+--+++-", "passed"), ("+++++--", "failed"), ("+------", "failed"), ("+!-+++-", "failed")],
)
def test_a_restart_passes(trial, verdict, picture, status):
    assert verdict(check, trial("redis_restart", picture, asked=3))[0] == status


@pytest.mark.parametrize(
    ("allowed", "declared", "status"),
    [(False, "refuse", "passed"), (True, "refuse", "failed"), (True, "", "passed"), (None, "", "failed")],
)
def test_while_redis_is_away_the_declared_decision_comes(trial, verdict, allowed, declared, status):
    gap = Outage("redis_restart", "Redis is ended", allowed, 0.1, "Boom" * (allowed is None))
    after = trial("redis_restart", "+--+++-", asked=3)
    assert verdict(check, gap, after, on_redis_failure=declared)[0] == status
