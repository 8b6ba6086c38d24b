"""LIM001 on observations made by hand."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.admissions import Untried
from readiness_checks.limits.admits_exactly_its_limit import admits_exactly_its_limit as check


@pytest.mark.parametrize(
    ("prop", "picture", "status"),
    [
        ("first_n_admitted", "+++---", "passed"),
        ("first_n_admitted", "++----", "failed"),
        ("first_n_admitted", "++!---", "failed"),
        ("next_refused", "+++---", "passed"),
        ("next_refused", "++++--", "failed"),
        ("same_instant", "+++------", "passed"),
        ("same_instant", "+++--+---", "failed"),
        ("same_instant", "++-------", "failed"),
    ],
)
def test_exactly_the_limit_is_admitted(trial, verdict, prop, picture, status):
    assert verdict(check, trial(prop, picture))[0] == status


def test_a_bucket_refills_while_a_slow_burst_is_sent(trial, verdict):
    slow = trial("next_refused", "+++-+-", apart=6.0)
    assert verdict(check, slow, guarantee="token-bucket")[0] == "passed"
    assert verdict(check, slow)[0] == "failed"


@pytest.mark.parametrize(
    ("picture", "costs", "status"),
    [("+-+", (2, 2, 1), "passed"), ("++-", (2, 2, 1), "failed"), ("+--", (2, 2, 1), "failed")],
)
def test_a_refused_cost_debits_nothing(trial, verdict, picture, costs, status):
    assert verdict(check, trial("cost_exact", picture, cost=costs))[0] == status


@pytest.mark.parametrize(
    ("picture", "status"), [("+++--+++--", "passed"), ("++++-+++--", "failed"), ("+++--++---", "failed")]
)
def test_a_lower_limit_holds_at_once(trial, verdict, picture, status):
    assert verdict(check, trial("limit_lowered", picture, asked=3))[0] == status


def test_what_was_not_seen_is_unknown(verdict):
    status, detail = verdict(check, unseen={"same_instant": "it hung"})
    assert (status, detail) == ("unknown", "not determined: it hung")


def test_a_burst_of_its_own_is_what_is_admitted_at_once(trial, verdict):
    tried = replace(trial("first_n_admitted", "++--", limit=10), burst=2)
    assert verdict(check, tried)[0] == "passed"
    assert verdict(check, replace(tried, burst=3))[0] == "failed"


def test_what_was_not_tried_is_unknown_with_its_reason(trial, verdict):
    seen = trial("first_n_admitted", "+++-"), Untried("first_n_admitted", "too many")
    assert verdict(check, *seen) == ("unknown", "too many")
