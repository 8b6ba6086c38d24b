"""Trials of a wallet: what a wallet does by choice, or cannot be read, is no failure."""

from decimal import Decimal

import pytest

from pytest_readiness.evidence.wallet import Answer, Legal, Rule, Trial
from pytest_readiness.judges.wallet.trials import judged

REFUSED = (Legal(accepted=False),)


@pytest.fixture
def told():
    """Judge one trial that follows a control, and return the finding."""

    def judge(answer, gain, *, rule=Rule.FUNDS, legal=REFUSED, **more):
        def trial(answers, gained, ways, *, control=False, **rest):
            end = None if gained is None else Decimal(100) + gained
            before = (("a", Decimal(100)),)
            return Trial(
                rule, "transfer", "a transfer", control, answers, before, (("a", end),), ways, "", **rest
            )

        done = Legal(accepted=True, gains=(("a", Decimal(-10), Decimal(-10)),))
        control = trial((Answer("transfer", accepted=True),), -10, (done,), control=True)
        (finding,) = judged(rule, [control, trial((answer,), gain, legal, **more)], ())
        return finding

    return judge


def said(*, doubtful):
    return Answer("transfer", accepted=True, result="FUNDS", doubtful=doubtful)


def test_an_answer_that_may_be_a_refusal_asks_whether_it_is_one(told):
    finding = told(said(doubtful=True), 0)
    assert finding.status.value == "unknown"
    assert finding.fix == 'refused = ["FUNDS"]'
    assert told(said(doubtful=False), 0).status.value == "failed"


def test_money_that_moved_is_a_failure_whatever_was_answered(told):
    assert told(said(doubtful=True), -101).status.value == "failed"


def test_an_answer_in_doubt_is_no_matter_where_either_will_do(told):
    assert told(said(doubtful=True), 0, legal=(Legal(accepted=None),)).status.value == "passed"


def test_a_balance_that_could_not_be_read_is_unknown(told):
    assert told(Answer("transfer", accepted=False), None).status.value == "unknown"


def test_a_way_that_settings_may_allow_is_unknown_with_the_line_and_no_legal_one(told):
    line = "rounds_to_nothing = true"
    ways = (*REFUSED, Legal(accepted=True, gains=(("a", Decimal(-1), Decimal(-1)),), line=line))
    finding = told(Answer("transfer", accepted=True), -1, legal=ways)
    assert finding.status.value == "unknown"
    assert finding.fix == line
    assert "Legal: refused, with no gain to anybody." in finding.detail
    assert told(Answer("transfer", accepted=True), -2, legal=ways).status.value == "failed"
    assert told(Answer("transfer", accepted=False), 0, legal=ways).status.value == "passed"
