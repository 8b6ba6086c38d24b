"""WAL013 on trials made by hand."""

from pytest_readiness.evidence.wallet import Rule, TimeoutEvidence
from readiness_checks.wallet.a_time_out_leaves_nothing import a_time_out_leaves_nothing


def judge(*trials):
    return [finding.status.value for finding in a_time_out_leaves_nothing(TimeoutEvidence(trials))]


def test_what_was_refused_has_done_nothing_and_whoever_comes_next_is_served(trial):
    control = trial(Rule.TIMEOUT, -10, control=True)
    assert judge(control, trial(Rule.TIMEOUT, -10)) == ["passed"]
    assert judge(control, trial(Rule.TIMEOUT, -20)) == ["failed"], "the first had an effect"
    assert judge(control, trial(Rule.TIMEOUT, 0, accepted=False)) == ["failed"], "the next one waited"


def test_without_a_control_nothing_is_known(trial):
    assert judge(trial(Rule.TIMEOUT, -10)) == ["unknown"]
