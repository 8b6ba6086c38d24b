"""AUD002 on evidence made by hand."""

import pytest

from pytest_readiness import Status
from pytest_readiness.evidence.audit import Log, LogColumns
from readiness_checks.audit.entries_are_true import entries_are_true
from trails import COLUMNS, DELETE, INSERT, NEW, OLD, UPDATE, evidence, write


def judge(*writes, **facts):
    (finding,) = entries_are_true(evidence(*writes, **facts))
    return finding


def test_entries_that_agree_pass():
    assert judge(INSERT, UPDATE, DELETE).status is Status.PASSED


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        ({"new_data": OLD}, "new_data.amount is 10"),
        ({"old_data": NEW}, "old_data.amount is 11"),
        ({"old_data": None}, "old_data does not hold the old row"),
        ({"operation": "DELETE"}, "is recorded as 'DELETE'"),
        ({"changed": []}, "changed says []"),
        ({"changed": ["amount", "note"]}, "changed says ['amount', 'note']"),
        ({"new_data": {"id": 1}}, "new_data lacks amount"),
        ({"at": None}, "has no time"),
    ],
)
def test_an_entry_that_disagrees_fails(lie, said):
    finding = judge(INSERT, write("UPDATE", OLD, NEW, column="amount", entry=lie))
    assert finding.status is Status.FAILED
    assert said in finding.detail
    assert finding.reproduce


@pytest.mark.parametrize("operation", ["update", "U", "Updated", "modified"])
def test_an_operation_may_be_spelt_in_many_ways(operation):
    assert judge(write("UPDATE", OLD, NEW, entry={"operation": operation})).status is Status.PASSED


def test_an_entry_for_nothing_fails():
    phantom = write("INSERT", None, None, way="INSERT … ON CONFLICT DO NOTHING")
    assert "though nothing changed" in judge(phantom).detail


def test_a_row_that_was_written_again_as_it_was_may_be_told_of():
    assert judge(INSERT, write("UPDATE", None, None, way="MERGE")).status is Status.PASSED


def test_two_entries_for_one_change_fail():
    (entry,) = UPDATE.entries
    twice = write("UPDATE", OLD, NEW)
    twice = type(twice)("UPDATE", "", "bob", OLD, NEW, (entry, entry), sql="update")
    assert "left 2 entries for one change" in judge(twice).detail


def test_texts_of_other_types_are_the_same_values():
    told = {"new_data": {"id": "1", "amount": "11", "note": None}}
    assert judge(write("UPDATE", OLD, NEW, entry=told)).status is Status.PASSED


def test_columns_that_follow_from_a_change_may_be_left_out():
    before, after = OLD | {"updated_at": 1}, NEW | {"updated_at": 2}
    told = {"changed": ["amount"]}
    assert judge(write("UPDATE", before, after, column="amount", entry=told)).status is Status.PASSED


@pytest.mark.parametrize(("stored", "status"), [(OLD, Status.PASSED), ({**OLD, "amount": 9}, Status.FAILED)])
def test_a_history_table_holds_a_version_that_the_row_had(stored, status):
    history = Log("public.payments_history", LogColumns(), "", mirrored=True)
    change = type(UPDATE)("UPDATE", "amount", "bob", OLD, NEW, (stored,), sql="update")
    assert judge(change, log=history).status is status


@pytest.mark.parametrize(("old", "status"), [("10", Status.PASSED), ("9", Status.FAILED)])
def test_a_log_may_have_an_entry_for_each_column(old, status):
    told = {"changed": "amount", "old_data": old, "new_data": "11"}
    assert judge(write("UPDATE", OLD, NEW, column="amount", entry=told)).status is status


def test_a_log_of_one_image_may_hold_either():
    columns = LogColumns(table=COLUMNS.table, operation=COLUMNS.operation, new="row_data")
    log = Log("public.audit_log", columns, "")
    for image, status in ((OLD, Status.PASSED), (NEW, Status.PASSED), ({"id": 5}, Status.FAILED)):
        change = write("UPDATE", OLD, NEW, entry={"row_data": image})
        assert judge(change, log=log).status is status
