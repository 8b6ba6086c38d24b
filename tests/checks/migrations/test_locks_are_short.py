"""MIG010 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.trials import Held, Trial, TrialEvidence
from readiness_checks.migrations.locks_are_short import locks_are_short


def judge(**seen):
    (finding,) = locks_are_short(TrialEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_the_table_its_rows_and_the_lock_are_named():
    finding = judge(
        held=(
            Held("public.wallets", "alter table …", 2, "AccessExclusiveLock", "builds an index", False, 1000),
        )
    )
    assert finding.status is Status.FAILED
    assert "line 2 builds an index on public.wallets (1000 rows) under AccessExclusiveLock" in finding.detail
    assert "no lock_timeout" in finding.detail


def test_a_rewrite_is_another_check():
    assert (
        judge(
            held=(Held("public.wallets", "alter table …", 2, "AccessExclusiveLock", "rewrites", False, 1000),)
        ).status
        is Status.PASSED
    )


def test_what_was_not_tried_is_unknown():
    assert judge(untried="it does not apply").status is Status.UNKNOWN


def test_what_nobody_watched_is_unknown():
    assert judge(unwatched="it ends transactions itself").status is Status.UNKNOWN


def test_rows_that_are_filled_under_a_lock_have_a_file_of_their_own():
    finding = judge(
        held=(Held("public.wallets", "update …", 3, "AccessExclusiveLock", "writes most rows", True, 9),)
    )
    assert "line 3 writes most rows of public.wallets (9 rows) under AccessExclusiveLock" in finding.detail
    assert "in a file of its own" in finding.fix


def test_locks_that_nobody_saw_are_unknown_and_those_that_were_seen_are_told():
    unseen = "the statement of line 9 ends transactions itself"
    assert judge(unseen=unseen).status is Status.UNKNOWN
    held = Held("public.wallets", "create index …", 2, "ShareLock", "builds an index", False, 9)
    assert judge(unseen=unseen, held=(held,)).status is Status.FAILED


def test_rows_of_another_table_that_are_written_meanwhile_are_told():
    held = Held("public.a", "update …", 3, "AccessExclusiveLock", "writes most rows", True, 9, "public.b")
    finding = judge(held=(held,))
    assert "writes most rows of public.b while public.a (9 rows) is closed" in finding.detail
