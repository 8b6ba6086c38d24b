"""AUD001 on evidence made by hand; what makes an entry untrue is tested with `judges/trail.py`."""

from dataclasses import replace

from pytest_readiness import Status
from pytest_readiness.evidence.audit import AuditedTable, AuditEvidence, LogColumns, Write
from readiness_checks.audit.every_write_leaves_true_entry import every_write_leaves_true_entry

COLUMNS = LogColumns(table="table_name", operation="operation", old="old_data", new="new_data")
OLD = {"id": 1, "amount": 10}
NEW = {"id": 1, "amount": 11}


def write(verb, before, after, *, column="", recorded=True):
    entry = {"table_name": "payments", "operation": verb, "old_data": before, "new_data": after}
    sql = f"{verb.lower()} payments"
    return Write(verb, column, "bob", before, after, (entry,) if recorded else (), sql=sql)


INSERT = write("INSERT", None, NEW)
UPDATE = write("UPDATE", OLD, NEW, column="amount")
DELETE = write("DELETE", OLD, None)
REFUSED = Write("DELETE", "", "bob", OLD, OLD, (), sqlstate="42501", message="permission denied")
PAYMENTS = AuditedTable("public.payments", "it holds money", ("id",), "", (INSERT, UPDATE, DELETE))


def judge(*writes, unfilled=""):
    table = replace(PAYMENTS, writes=writes, unfilled=unfilled)
    (finding,) = every_write_leaves_true_entry(AuditEvidence("public.audit_log", COLUMNS, "", (table,)))
    assert finding.subject == "public.payments"
    return finding


def test_writes_that_are_recorded_as_they_were_pass():
    finding = judge(INSERT, UPDATE, UPDATE, DELETE)
    assert finding.status is Status.PASSED
    assert finding.detail == "4 writes (INSERT, UPDATE, DELETE) are recorded as they were"


def test_a_write_without_an_entry_fails_and_can_be_seen_again():
    finding = judge(INSERT, write("DELETE", OLD, None, recorded=False))
    assert finding.status is Status.FAILED
    assert finding.detail == (
        "DELETE of public.payments by bob left no entry in public.audit_log (it holds money)."
    )
    assert finding.reproduce == "delete payments"
    assert "public.audit_log" in finding.fix
    assert "public.payments" in finding.fix


def test_an_update_names_its_column():
    finding = judge(write("UPDATE", OLD, NEW, column="amount", recorded=False))
    assert finding.detail.startswith("UPDATE of public.payments.amount by bob left no entry")


def test_an_untrue_entry_fails():
    lie = replace(INSERT, entries=({**INSERT.entries[0], "new_data": OLD},))
    finding = judge(lie)
    assert finding.status is Status.FAILED
    assert "new_data.amount is 10" in finding.detail


def test_the_first_failure_is_told_and_the_others_are_counted():
    gap = write("DELETE", OLD, None, recorded=False)
    assert "And" not in judge(gap).detail
    assert judge(gap, write("INSERT", None, NEW, recorded=False), INSERT).detail.endswith("And 1 more.")


def test_an_entry_about_a_refused_write_fails():
    finding = judge(INSERT, replace(REFUSED, entries=INSERT.entries))
    assert finding.status is Status.FAILED
    assert "nothing changed" in finding.detail


def test_refused_writes_are_not_counted():
    finding = judge(REFUSED, INSERT)
    assert finding.status is Status.PASSED
    assert finding.detail == "1 writes (INSERT) are recorded as they were"


def test_a_table_that_refuses_every_write_proves_nothing():
    finding = judge(REFUSED)
    assert finding.status is Status.UNKNOWN
    assert finding.detail == "every write to it was refused: permission denied"


def test_a_table_that_could_not_be_written_to_proves_nothing():
    finding = judge(unfilled="no value fits")
    assert finding.status is Status.UNKNOWN
    assert finding.detail == "it could not be written to: no value fits"


def test_every_table_gets_its_own_finding():
    silent = replace(PAYMENTS, table="public.refunds", writes=(write("DELETE", OLD, None, recorded=False),))
    found = every_write_leaves_true_entry(AuditEvidence("public.log", COLUMNS, "", (PAYMENTS, silent)))
    assert [(f.subject, f.status) for f in found] == [
        ("public.payments", Status.PASSED),
        ("public.refunds", Status.FAILED),
    ]
