"""ISO002 on evidence made by hand: what it holds against whom, and in which words."""

from pytest_readiness.evidence.attacks import WriteEvidence
from readiness_checks.isolation.tenant_changes_own_rows_only import tenant_changes_own_rows_only


def test_it_judges_its_own_kinds_of_harm(counted):
    assert counted(tenant_changes_own_rows_only, WriteEvidence, "UPDATE") == {"altered", "taken"}


def test_a_harm_is_told_in_a_sentence(harm, judged):
    finding = judged(tenant_changes_own_rows_only, WriteEvidence, harm("altered"), verb="UPDATE")
    assert (
        finding.detail
        == "As bob I reached alice's row in public.payments and changed it: `canary-1` (public.payments)."
    )
    assert finding.reproduce == "select 'again'"
    assert "USING and in WITH CHECK" in finding.fix


def test_taken_is_told_in_a_sentence(harm, judged):
    finding = judged(tenant_changes_own_rows_only, WriteEvidence, harm("taken"), verb="UPDATE")
    assert (
        finding.detail
        == "As bob I reached alice's row in public.payments and made it mine: `canary-1` (public.payments)."
    )
    assert "UPDATE policies of public.payments" in finding.fix


def test_a_verb_that_proves_nothing_here_yields_nothing(judged):
    assert judged(tenant_changes_own_rows_only, WriteEvidence, verb="DELETE") is None
