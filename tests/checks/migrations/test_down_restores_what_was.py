"""MIG007 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.evidence.trials import ReversalEvidence, Trial
from readiness_checks.migrations.down_restores_what_was import down_restores_what_was


def judge(**seen):
    (finding,) = down_restores_what_was(ReversalEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_a_failure_and_a_difference_fail():
    assert (
        "42701"
        in judge(reversible=True, down=Failure("alter table t add x int", 7, "42701", "column exists")).detail
    )
    finding = judge(reversible=True, unrestored=("type public.st is there",))
    assert finding.status is Status.FAILED
    assert "type public.st is there" in finding.detail
    assert judge(reversible=True).status is Status.PASSED


def test_what_was_not_tried_is_unknown():
    assert judge(reversible=True, untried="it does not apply").status is Status.UNKNOWN
