"""AUD008 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.audit import AuditEvidence, Unheeded, UnheededEvidence
from readiness_checks.audit.every_financial_table_is_audited import every_financial_table_is_audited
from trails import DELETE, INSERT, NEW, evidence, write

LOST = write("INSERT", None, NEW, recorded=False)
NONE_IDLE = UnheededEvidence(())
ELSEWHERE = write("INSERT", None, NEW, entry={"table_name": "something_else"})


def judge(*writes, **facts):
    (finding,) = every_financial_table_is_audited(evidence(*writes, **facts), NONE_IDLE)
    return finding


def test_a_table_with_a_trigger_passes_here():
    assert judge(LOST).status is Status.PASSED


def test_a_table_that_leaves_entries_without_a_trigger_of_its_own_passes():
    assert judge(INSERT, DELETE, recorded=False).status is Status.PASSED


def test_a_table_without_any_entry_fails():
    for writes in ((LOST,), (ELSEWHERE,), ()):
        finding = judge(*writes, recorded=False, why="it holds somebody's money (amount)")
        assert finding.status is Status.FAILED
        assert "it holds somebody's money (amount)" in finding.detail
        assert finding.reproduce


def test_a_log_that_nothing_reaches_fails_with_what_should_write_it():
    idle = UnheededEvidence((Unheeded("public.audit_log", ("public.record()",), 3, "begin;"),))
    (finding,) = every_financial_table_is_audited(AuditEvidence((), (), "no trigger writes it"), idle)
    assert (finding.subject, finding.status) == ("public.audit_log", Status.FAILED)
    assert "public.record() is there to write it, and no trigger runs it: rows of 3 tables" in finding.detail
    assert "Attach public.record() to each table" in finding.fix


def test_what_is_declared_and_gone_fails_by_its_name():
    gone = AuditEvidence((), (), missing=(("public.audit_log", "it is declared as the audit log"),))
    (finding,) = every_financial_table_is_audited(gone, NONE_IDLE)
    assert (finding.subject, finding.status) == ("public.audit_log", Status.FAILED)
    assert "declared as the audit log" in finding.detail
