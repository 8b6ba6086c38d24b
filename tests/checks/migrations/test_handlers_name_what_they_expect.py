"""MIG016 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.trials import Trial, TrialEvidence
from readiness_checks.migrations.handlers_name_what_they_expect import handlers_name_what_they_expect


def judge(**seen):
    (finding,) = handlers_name_what_they_expect(TrialEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_a_block_that_forgets_every_error_is_named():
    finding = judge(forgetful=((4, "do $$ … $$"), (9, "do $$ … $$")))
    assert finding.status is Status.FAILED
    assert finding.detail == "The block at line 4 of 1_a.sql forgets every error (do $$ … $$), and 1 more."
    assert finding.reproduce == "grep -in 'when others' 1_a.sql"


def test_a_file_without_one_passes_though_it_was_not_tried():
    assert judge(untried="it does not apply").status is Status.PASSED


def test_what_a_command_runs_is_unknown():
    assert judge(command=True, untried="a command shows no files").status is Status.UNKNOWN
