"""MIG005 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.trials import Trial, TrialEvidence
from readiness_checks.migrations.what_ran_is_kept import what_ran_is_kept


def judge(**seen):
    (finding,) = what_ran_is_kept(TrialEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_the_line_that_begins_is_named():
    finding = judge(open=3)
    assert finding.status is Status.FAILED
    assert "line 3" in finding.detail
    assert judge().status is Status.PASSED


def test_what_was_not_tried_is_unknown():
    assert judge(untried="it does not apply").status is Status.UNKNOWN
