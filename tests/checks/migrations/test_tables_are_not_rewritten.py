"""MIG009 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.trials import Held, Trial, TrialEvidence
from readiness_checks.migrations.tables_are_not_rewritten import tables_are_not_rewritten


def judge(**seen):
    (finding,) = tables_are_not_rewritten(TrialEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_the_table_its_rows_and_the_lock_are_named():
    finding = judge(
        held=(Held("public.wallets", "alter table …", 2, "AccessExclusiveLock", "rewrites", False, 1000),)
    )
    assert finding.status is Status.FAILED
    assert "line 2 rewrites public.wallets (1000 rows) under AccessExclusiveLock" in finding.detail


def test_other_work_is_another_check():
    assert (
        judge(
            held=(Held("public.wallets", "alter table …", 2, "AccessExclusiveLock", "scans", False, 1000),)
        ).status
        is Status.PASSED
    )


def test_what_was_not_tried_is_unknown():
    assert judge(untried="it does not apply").status is Status.UNKNOWN


def test_what_nobody_watched_is_unknown():
    assert judge(unwatched="it ends transactions itself").status is Status.UNKNOWN
