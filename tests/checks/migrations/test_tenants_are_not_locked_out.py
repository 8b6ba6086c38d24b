"""MIG011 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.trials import Trial, TrialEvidence
from readiness_checks.migrations.tenants_are_not_locked_out import tenants_are_not_locked_out


def judge(**seen):
    (finding,) = tenants_are_not_locked_out(TrialEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_the_table_is_named():
    finding = judge(shut=("public.wallets",))
    assert finding.status is Status.FAILED
    assert "public.wallets" in finding.detail
    assert judge().status is Status.PASSED


def test_what_was_not_tried_is_unknown():
    assert judge(untried="it does not apply").status is Status.UNKNOWN
