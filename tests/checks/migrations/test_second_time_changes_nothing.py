"""MIG003 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.evidence.trials import Trial, TrialEvidence
from readiness_checks.migrations.second_time_changes_nothing import second_time_changes_nothing


def judge(**seen):
    (finding,) = second_time_changes_nothing(TrialEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_what_changed_is_named():
    finding = judge(changed=("the rows of public.wallets are others",))
    assert finding.status is Status.FAILED
    assert "the rows of public.wallets are others" in finding.detail


def test_a_file_that_refuses_is_safe():
    assert (
        judge(again=Failure("alter table t add x int", 7, "42701", "column exists")).status is Status.PASSED
    )
    assert judge().status is Status.PASSED


def test_what_was_not_tried_is_unknown():
    assert judge(untried="it does not apply").status is Status.UNKNOWN
