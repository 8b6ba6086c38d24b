"""ISO007 on evidence made by hand: what it holds against whom, and in which words."""

from pytest_readiness import Severity
from pytest_readiness.evidence.attacks import InferenceEvidence
from readiness_checks.isolation.hidden_keys_stay_untold import hidden_keys_stay_untold


def test_it_judges_its_own_kinds_of_harm(counted):
    assert counted(hidden_keys_stay_untold, InferenceEvidence, "KEY email") == {"told"}


def test_a_harm_is_told_in_a_sentence(harm, judged):
    finding = judged(hidden_keys_stay_untold, InferenceEvidence, harm("told"), verb="KEY email")
    assert finding.detail == "As bob I asked public.payments for what alice has: `canary-1`."
    assert finding.reproduce == "select 'again'"
    assert "part of the key on public.payments" in finding.fix


def test_it_is_no_blocker():
    assert hidden_keys_stay_untold.__readiness_check__.severity is Severity.MEDIUM
