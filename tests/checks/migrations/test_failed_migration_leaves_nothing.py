"""MIG004 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.evidence.trials import Trial, TrialEvidence
from readiness_checks.migrations.failed_migration_leaves_nothing import failed_migration_leaves_nothing


def judge(**seen):
    (finding,) = failed_migration_leaves_nothing(TrialEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_what_was_left_is_named_with_the_place():
    finding = judge(
        left=("table public.a is there",),
        broken=Failure("alter table t add x int", 7, "42701", "column exists"),
    )
    assert finding.status is Status.FAILED
    assert "at line 7" in finding.detail
    assert "table public.a is there" in finding.detail


def test_a_file_that_failed_and_left_nothing_passes():
    assert (
        judge(
            broken=Failure("alter table t add x int", 7, "42701", "column exists"),
            untried="it does not apply",
        ).status
        is Status.PASSED
    )


def test_what_was_not_tried_is_unknown():
    assert judge(untried="it does not apply").status is Status.UNKNOWN


def test_what_would_be_left_without_a_transaction_is_named_with_how_to_see_it():
    finding = judge(
        left_singly=("table public.a is there",),
        broken=Failure("alter table t add x int", 7, "42701", "column exists"),
        untried="it does not apply",
    )
    assert finding.status is Status.FAILED
    assert "at line 7" in finding.detail
    assert "sent statement by statement, as psql does with a file, it left behind: table" in finding.detail
    assert finding.reproduce == "psql -X -v ON_ERROR_STOP=1 -U owner -f 1_a.sql"
