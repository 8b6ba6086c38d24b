"""LIM002 on observations made by hand."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.admissions import AdmissionEvidence, Limiter, Promise
from readiness_checks.limits.windows_keep_their_guarantee import windows_keep_their_guarantee as check


@pytest.mark.parametrize(
    ("guarantee", "status"),
    [
        ("sliding-window-log", "failed"),
        ("sliding-window-counter", "failed"),
        ("token-bucket", "failed"),
        ("fixed-window", "passed"),
        ("", "passed"),
    ],
)
def test_twice_the_limit_in_a_moment_is_what_only_a_fixed_window_promises(trial, guarantee, status):
    limiter = Limiter(
        "api", "app:make", Promise(3, 60.0, guarantee), "magic", (trial("worst_window", "++++++"),), {}
    )
    found = {finding.subject: finding.status.value for finding in check(AdmissionEvidence((limiter,)))}
    assert found.keys() == {"api: worst_window", "api: short_burst"}
    assert found["api: short_burst"] == status


def test_an_undeclared_guarantee_is_named(trial, verdict):
    assert '"fixed-window"' in verdict(check, trial("worst_window", "++++++"), guarantee="")[1]
    assert '"sliding-window-log"' in verdict(check, trial("worst_window", "+++---"), guarantee="")[1]


def test_not_even_a_fixed_window(trial, verdict):
    assert verdict(check, trial("worst_window", "+++++++"), guarantee="")[0] == "failed"


def test_a_whole_window_apart_is_another_window(trial, verdict):
    assert verdict(check, trial("worst_window", "+++++++", apart=20.0))[0] == "passed"
    assert verdict(check, trial("worst_window", "+++++++", apart=19.0))[0] == "failed"


@pytest.mark.parametrize(("apart", "status"), [(0.5, "passed"), (0.4, "failed")])
def test_windows_need_not_be_whole_seconds(trial, verdict, apart, status):
    assert verdict(check, trial("fractional_window", "+++++-", apart=apart, window=1.5))[0] == status


@pytest.mark.parametrize(("picture", "status"), [("+---+++---", "passed"), ("+---++++--", "failed")])
def test_nobody_saves_up(trial, verdict, picture, status):
    assert verdict(check, trial("idle_credit", picture, asked=4))[0] == status


@pytest.mark.parametrize(("picture", "status"), [("++++---", "passed"), ("+++++--", "failed")])
def test_a_bucket_with_a_burst_of_its_own_admits_that_and_what_refills(trial, verdict, picture, status):
    tried = replace(trial("short_burst", picture, limit=12), property="worst_window", burst=3)
    limiter = Limiter("api", "app:make", Promise(12, 60.0, "token-bucket", burst=3), "magic", (tried,), {})
    found = {finding.subject: finding.status.value for finding in check(AdmissionEvidence((limiter,)))}
    assert found["api: short_burst"] == status


@pytest.mark.parametrize(
    ("picture", "status"),
    [("++++--++", "passed"), ("+++---++", "failed"), ("++++++++", "failed"), ("++++--+-", "failed")],
)
def test_a_longer_window_admits_its_limit_and_begins_again(trial, verdict, picture, status):
    assert verdict(check, trial("tier_kept", picture, limit=4, window=3600.0, asked=6))[0] == status


def test_a_longer_window_that_was_not_used_up_is_unknown(trial, verdict):
    slow = trial("tier_kept", "++++++++", limit=4, window=3600.0, asked=6, apart=700.0)
    status, detail = verdict(check, slow)
    assert (status, "none is refused" in detail) == ("unknown", True)
