"""ISO007 on evidence made by hand: what it holds against whom, and in which words."""

from pytest_readiness import Severity
from pytest_readiness.evidence.attacks import Assault, InferenceEvidence, WriteEvidence
from readiness_checks.isolation.hidden_keys_stay_untold import hidden_keys_stay_untold


def by_asking(inferences):
    return hidden_keys_stay_untold(inferences, WriteEvidence(()))


def test_it_judges_its_own_kinds_of_harm(counted):
    assert counted(by_asking, InferenceEvidence, "KEY email") == {"told"}


def test_what_the_refusal_of_a_write_says_is_told_as_well(harm):
    said = Assault("public.payments", "INSERT", 3, (harm("told", what="the refusal says `canary-1`"),))
    quiet = Assault("public.refunds", "INSERT", 3, (harm("forged"),))
    (finding,) = hidden_keys_stay_untold(InferenceEvidence(()), WriteEvidence((said, quiet)))
    assert finding.detail == (
        "As bob I asked public.payments for what alice has: the refusal says `canary-1`."
    )


def test_a_harm_is_told_in_a_sentence(harm, judged):
    finding = judged(by_asking, InferenceEvidence, harm("told"), verb="KEY email")
    assert finding.detail == "As bob I asked public.payments for what alice has: `canary-1`."
    assert finding.reproduce == "select 'again'"
    assert "part of the key on public.payments" in finding.fix


def test_it_is_no_blocker():
    assert hidden_keys_stay_untold.__readiness_check__.severity is Severity.MEDIUM
