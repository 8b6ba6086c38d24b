"""MIG002 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.evidence.trials import Trial, TrialEvidence
from readiness_checks.migrations.applies_twice import applies_twice


def judge(**seen):
    (finding,) = applies_twice(TrialEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_a_refusal_says_where():
    finding = judge(again=Failure("alter table t add x int", 7, "42701", "column exists"))
    assert finding.status is Status.FAILED
    assert "42701 column exists, at line 7: alter table t add x int" in finding.detail
    assert judge().status is Status.PASSED


def test_what_one_transaction_cannot_do_twice_is_unknown():
    assert judge(again_untried="unsafe use of new value").status is Status.UNKNOWN


def test_what_was_not_tried_is_unknown():
    assert judge(untried="it does not apply").status is Status.UNKNOWN
