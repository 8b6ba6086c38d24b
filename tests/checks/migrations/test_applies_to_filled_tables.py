"""MIG008 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.evidence.trials import Trial, TrialEvidence
from readiness_checks.migrations.applies_to_filled_tables import applies_to_filled_tables


def judge(**seen):
    (finding,) = applies_to_filled_tables(TrialEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_the_refusal_is_shown():
    finding = judge(
        unfilled=Failure("alter table t add x int", 7, "42701", "column exists"), untried="it does not apply"
    )
    assert finding.status is Status.FAILED
    assert "line 7" in finding.detail
    assert judge().status is Status.PASSED


def test_what_was_not_tried_is_unknown():
    assert judge(untried="it does not apply").status is Status.UNKNOWN


def test_what_nobody_watched_is_unknown():
    assert judge(unwatched="it ends transactions itself").status is Status.UNKNOWN
