"""WAL011 on trials made by hand."""

from pytest_readiness.evidence.wallet import CrashEvidence, Rule, Unassessed
from readiness_checks.wallet.a_lost_answer_costs_nothing import a_lost_answer_costs_nothing


def judge(*trials, missing=()):
    return [f.status.value for f in a_lost_answer_costs_nothing(CrashEvidence(trials, missing))]


def test_one_effect_passes_whatever_is_answered_and_two_or_none_fail(trial):
    control = trial(Rule.CRASH, -10, control=True)
    for gain, status in ((-10, "passed"), (-20, "failed"), (0, "failed")):
        for accepted in (True, False):
            again = trial(Rule.CRASH, gain, accepted=accepted, legal=((None, -10),))
            assert judge(control, again) == [status]


def test_without_a_control_or_a_key_nothing_is_known(trial):
    assert judge(trial(Rule.CRASH, -10, legal=((None, -10),))) == ["unknown"]
    assert judge(missing=(Unassessed(Rule.CRASH, "deposit", "deposit = …"),)) == ["unknown"]
