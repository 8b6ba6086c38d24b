"""LIM009 on observations made by hand."""

import pytest

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
    [("+!-+++-", "passed"), ("+--+++-", "passed"), ("+!-!++-", "failed"), ("+------", "failed")],
)
def test_a_restart_passes(trial, verdict, picture, status):
    assert verdict(check, trial("redis_restart", picture, asked=3))[0] == status
