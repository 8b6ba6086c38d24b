"""ISO004 on evidence made by hand: what it holds against whom, and in which words."""

from pytest_readiness.evidence.attacks import WriteEvidence
from readiness_checks.isolation.tenant_destroys_own_rows_only import tenant_destroys_own_rows_only


def test_it_judges_its_own_kinds_of_harm(counted):
    assert counted(tenant_destroys_own_rows_only, WriteEvidence, "DELETE") == {"destroyed"}


def test_a_harm_is_told_in_a_sentence(harm, judged):
    finding = judged(tenant_destroys_own_rows_only, WriteEvidence, harm("destroyed"), verb="DELETE")
    assert (
        finding.detail == "As bob I destroyed alice's row in public.payments: `canary-1` (public.payments)."
    )
    assert finding.reproduce == "select 'again'"
    assert "Revoke TRUNCATE on public.payments" in finding.fix


def test_a_verb_that_proves_nothing_here_yields_nothing(judged):
    assert judged(tenant_destroys_own_rows_only, WriteEvidence, verb="UPDATE") is None


def test_what_cannot_be_deleted_any_more_is_told_as_such(harm, judged):
    finding = judged(tenant_destroys_own_rows_only, WriteEvidence, harm("pinned"), verb="DELETE")
    assert finding.detail == "As bob I kept alice from deleting her row in public.payments: `canary-1`."
