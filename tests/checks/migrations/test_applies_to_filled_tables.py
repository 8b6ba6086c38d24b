"""MIG008 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.evidence.trials import Behind, Trial, TrialEvidence
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


def test_a_procedure_that_one_batch_does_not_hold_is_told_so():
    finding = judge(unfilled=Failure("call fill()", 9, "2D000", "invalid transaction termination"))
    assert "Let line 9 not commit" in finding.fix


def test_what_was_not_tried_is_unknown():
    assert judge(untried="it does not apply").status is Status.UNKNOWN


def test_what_nobody_watched_is_unknown():
    assert judge(unwatched="it ends transactions itself").status is Status.UNKNOWN


def test_numbers_that_rows_have_already_are_told_with_what_to_set():
    finding = judge(behind=(Behind("public.invoices", "id", "invoices_id_seq", 1, 400),))
    assert finding.status is Status.FAILED
    assert "the next number that public.invoices.id is given is 1" in finding.detail
    assert "with setval" in finding.fix


def test_rows_of_the_trial_that_were_refused_are_told():
    meets = judge(refused='23514 check constraint "adult" of relation "users" is violated, at line 2')
    assert meets.status is Status.PASSED
    assert "23514" in meets.detail
    assert judge(refused="22001 value too long, at line 2").status is Status.UNKNOWN
