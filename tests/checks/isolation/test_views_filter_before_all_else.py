"""ISO008 on evidence made by hand: what it holds against whom, and in which words."""

from pytest_readiness.evidence.attacks import ViewEvidence
from readiness_checks.isolation.views_filter_before_all_else import views_filter_before_all_else


def test_it_judges_its_own_kinds_of_harm(counted):
    assert counted(views_filter_before_all_else, ViewEvidence, "CAST") == {"cast"}


def test_a_harm_is_told_in_a_sentence(harm, judged):
    finding = judged(
        views_filter_before_all_else, ViewEvidence, harm("cast"), verb="CAST", subject="public.mine"
    )
    assert (
        finding.detail == "As bob I cast a column of public.mine, and the error told me alice's `canary-1`."
    )
    assert finding.reproduce == "select 'again'"
    assert "alter view public.mine set (security_barrier = true);" in finding.fix
