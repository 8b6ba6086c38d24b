"""AUD008 on evidence made by hand."""

from pytest_readiness import Status
from readiness_checks.audit.every_financial_table_is_audited import every_financial_table_is_audited
from trails import DELETE, INSERT, NEW, evidence, write

LOST = write("INSERT", None, NEW, recorded=False)
ELSEWHERE = write("INSERT", None, NEW, entry={"table_name": "something_else"})


def judge(*writes, **facts):
    (finding,) = every_financial_table_is_audited(evidence(*writes, **facts))
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
