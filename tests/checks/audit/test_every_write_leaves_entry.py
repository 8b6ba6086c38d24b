"""AUD001 on evidence made by hand."""

from dataclasses import replace

import pytest

from pytest_readiness import Status
from pytest_readiness.evidence.audit import AuditEvidence, Doubt, DoubtEvidence, Write
from pytest_readiness.evidence.beside import BesideEvidence, Bypass, Spoken
from readiness_checks.audit.every_write_leaves_entry import every_write_leaves_entry
from trails import DELETE, INSERT, LOG, NEW, OLD, UPDATE, evidence, write

NO_DOUBT = DoubtEvidence(())
NONE_ASIDE = BesideEvidence(())
LOST = write("DELETE", OLD, None, recorded=False)


def judge(*writes, **facts):
    (finding,) = every_write_leaves_entry(evidence(*writes, **facts), NO_DOUBT, NONE_ASIDE)
    assert finding.subject == "public.payments"
    return finding


def test_writes_that_leave_entries_pass():
    finding = judge(INSERT, UPDATE, UPDATE, DELETE)
    assert finding.status is Status.PASSED
    assert finding.detail == "4 writes (INSERT, UPDATE, DELETE) left an entry"


def test_a_write_without_an_entry_fails_and_can_be_seen_again():
    finding = judge(INSERT, LOST)
    assert finding.status is Status.FAILED
    assert finding.detail == (
        "DELETE of public.payments by bob left no entry in public.audit_log "
        "(its trigger writes to public.audit_log)."
    )
    assert finding.reproduce == "delete payments"


def test_a_partition_that_got_no_row_is_not_known():
    table = evidence(INSERT, unfilled_parts=(("public.payments_2031", "23514: no"),))
    whole, part = every_write_leaves_entry(table, NO_DOUBT, NONE_ASIDE)
    assert (whole.status, part.status) == (Status.PASSED, Status.UNKNOWN)
    assert (part.subject, "23514: no" in part.detail) == ("public.payments_2031", True)


def test_a_way_of_writing_and_a_column_are_named():
    finding = judge(write("UPDATE", OLD, NEW, recorded=False, column="amount", way="MERGE"))
    assert finding.detail.startswith("MERGE of public.payments.amount by bob left no entry")


def test_an_entry_about_another_table_is_none():
    assert "about something else" in judge(write("DELETE", OLD, None, entry={"table_name": "x"})).detail


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"obstructed": True}, "the log was made to refuse it"),
        ({"replica": True}, "another check tells of replica mode"),
    ],
)
def test_what_was_kept_from_the_log_on_purpose_is_no_gap(facts, what):
    assert judge(INSERT, write("DELETE", OLD, None, recorded=False, **facts)).status is Status.PASSED, what


def test_a_log_of_changes_alone_needs_no_entry_for_a_delete():
    assert judge(UPDATE, LOST, verbs=("UPDATE",)).status is Status.PASSED


def test_the_time_of_the_last_change_may_change_alone():
    silent = write("UPDATE", OLD, NEW, recorded=False, column="updated_at")
    assert judge(INSERT, silent).status is Status.PASSED


def test_a_table_that_refuses_all_is_unknown():
    refused = Write("DELETE", "", "bob", OLD, OLD, (), sqlstate="42501", message="denied")
    assert judge(refused).status is Status.UNKNOWN
    assert "no room" in judge(unfilled="no room").detail


def test_money_that_no_trigger_records_is_told_elsewhere():
    assert not [
        *every_write_leaves_entry(
            evidence(LOST, recorded=False, why="it holds somebody's money"), NO_DOUBT, NONE_ASIDE
        )
    ]


def test_what_may_be_a_log_or_not_is_unknown_with_the_line_that_says_so():
    doubts = DoubtEvidence((Doubt("docs.versions", "docs.documents", "position"),))
    (finding,) = every_write_leaves_entry(AuditEvidence((), ()), doubts, NONE_ASIDE)
    assert (finding.subject, finding.status) == ("docs.versions as a log", Status.UNKNOWN)
    assert finding.fix.splitlines()[:2] == ["[audit]", 'log = "docs.versions"']
    assert finding.fix.splitlines()[-1] == 'not_logs = ["docs.versions"]'
    assert finding.fix in finding.detail


def test_what_could_not_be_looked_at_says_why():
    doubts = DoubtEvidence((Doubt("docs.versions", "docs.documents", unseen="division by zero"),))
    (finding,) = every_write_leaves_entry(AuditEvidence((), ()), doubts, NONE_ASIDE)
    assert finding.status is Status.UNKNOWN
    assert "could not be seen (division by zero)" in finding.detail


def test_writes_that_asked_for_no_entry_prove_nothing():
    nothing = write("DELETE", None, None, recorded=False)
    refused = Write("UPDATE", "", "bob", None, None, (), "42501", "permission denied", "update")
    for writes, facts, why in (
        ((nothing,), {}, "no write changed what it records"),
        ((LOST,), {"verbs": ("UPDATE",)}, "no write changed what it records"),
        ((nothing, refused), {}, "every write to it was refused: permission denied"),
    ):
        finding = judge(*writes, **facts)
        assert (finding.status, finding.detail) == (Status.UNKNOWN, why)


BYPASS = Bypass("UPDATE", "qty", "public.board", "alice", 0, "update public.board")


@pytest.mark.parametrize(
    ("bypasses", "unfilled", "status", "said"),
    [
        ((BYPASS,), "", Status.FAILED, "UPDATE of public.board.qty by alice left no entry in public.ledger"),
        ((), "", Status.PASSED, "no client makes one past them"),
        ((), "no row", Status.UNKNOWN, "no row"),
    ],
)
def test_what_clients_write_past_the_functions_that_record_it_is_a_gap(bypasses, unfilled, status, said):
    aside = BesideEvidence((Spoken("public.items", "public.ledger", 2, bypasses, unfilled),))
    (finding,) = every_write_leaves_entry(AuditEvidence((), ()), NO_DOUBT, aside)
    assert (finding.subject, finding.status) == ("public.items", status)
    assert said in finding.detail


def test_a_log_that_a_crash_empties_does_not_last():
    emptied = replace(LOG, unlogged=("public.audit_log_2031",))
    of_log, of_table = every_write_leaves_entry(evidence(INSERT, log=emptied), NO_DOUBT, NONE_ASIDE)
    assert (of_log.subject, of_log.status) == ("public.audit_log", Status.FAILED)
    assert of_log.fix == "alter table public.audit_log_2031 set logged;"
    assert of_table.status is Status.PASSED
