"""LIM007 on observations made by hand."""

import pytest

from pytest_readiness.evidence.admissions import Wait
from readiness_checks.limits.answers_come_true import answers_come_true as check


@pytest.mark.parametrize(
    ("answer", "early", "late", "status"),
    [
        (42.5, 0, 1, "passed"),
        (0.004, None, 1, "passed"),
        (42.5, 1, 1, "failed"),
        (42.5, 0, 0, "failed"),
        (42_500.0, None, 0, "failed"),
        (0.0, None, 0, "failed"),
        (None, None, 0, "unknown"),
    ],
)
def test_a_retry_is_admitted_when_it_is_said_and_not_before(verdict, answer, early, late, status):
    wait = Wait("retry_after_truthful", 5, 60.0, "hits", answer, early, late, 1, 0.002, due=early is not None)
    assert verdict(check, wait)[0] == status


@pytest.mark.parametrize(("late", "status"), [(1, "unknown"), (0, "failed")])
def test_a_moment_before_that_was_to_be_asked_and_was_not_is_no_pass(verdict, late, status):
    sound = Wait("retry_after_truthful", 5, 60.0, "hits", 42.5, 0, 1, 1, 0.002, due=True)
    wait = Wait("retry_after_truthful", 5, 60.0, "hits", 42.5, None, late, 1, 0.002, due=True)
    assert verdict(check, sound, wait, sound)[0] == status


@pytest.mark.parametrize(
    ("guarantee", "early", "late", "status"),
    [
        ("sliding-window-log", 4, 5, "passed"),
        ("sliding-window-log", 4, 4, "failed"),
        ("sliding-window-log", 5, 5, "failed"),
        ("sliding-window-counter", 5, 5, "passed"),
        ("sliding-window-counter", None, 5, "passed"),
        ("sliding-window-log", None, 5, "unknown"),
        ("sliding-window-log", None, 4, "failed"),
    ],
)
def test_the_budget_is_whole_when_it_is_said(verdict, guarantee, early, late, status):
    wait = Wait("reset_truthful", 5, 60.0, "hits", 42.5, early, late, 5, 0.002, due=True)
    assert verdict(check, wait, guarantee=guarantee)[0] == status


@pytest.mark.parametrize(
    ("remaining", "status"),
    [
        ((2, 1, 0, 0), "passed"),
        ((3, 2, 1, 0), "failed"),
        ((2, 1, 0, -1), "failed"),
        ((2, 1, 0, 1), "failed"),
        ((2, 1, None, 0), "failed"),
        ((None,) * 4, "unknown"),
    ],
)
def test_remaining_counts_down(trial, verdict, remaining, status):
    assert verdict(check, trial("remaining_exact", "+++-", remaining=remaining))[0] == status


@pytest.mark.parametrize(("picture", "status"), [("+++-", "passed"), ("++--", "failed")])
def test_what_remains_is_admitted(trial, verdict, picture, status):
    seen = trial("remaining_exact", picture, remaining=(2, 1, 0, 0), asked=1)
    assert verdict(check, seen)[0] == status
