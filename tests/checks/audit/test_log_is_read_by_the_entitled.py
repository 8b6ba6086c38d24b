"""AUD007 on evidence made by hand."""

from dataclasses import replace

import pytest

from pytest_readiness import Status
from pytest_readiness.evidence.counterparts import CounterpartEvidence, Learned
from pytest_readiness.judges.audit.log_attacks import HIDDEN, VIEWED
from readiness_checks.audit.log_is_read_by_the_entitled import log_is_read_by_the_entitled
from trails import INSERT, NEW, attacked, attempt, evidence, write


def judge(attacks, *writes, barred=""):
    return [*log_is_read_by_the_entitled(attacks, evidence(*writes), CounterpartEvidence(barred=barred))]


def test_a_stranger_who_reads_fails():
    (finding,) = judge(attacked(attempt("SELECT", "bob", client=True)), INSERT)
    assert finding.status is Status.FAILED
    assert finding.detail.startswith("As bob I read in public.audit_log")


def test_a_closed_log_passes():
    (finding,) = judge(attacked(attempt("SELECT", "bob", done=False, client=True)), INSERT)
    assert finding.status is Status.PASSED
    (finding,) = judge(attacked(entry="none"), INSERT)
    assert finding.status is Status.UNKNOWN


def test_a_log_that_nobody_tried_to_read_is_not_closed():
    (finding,) = judge(attacked(), INSERT)
    assert (finding.status, "there is no user" in finding.detail) == (Status.UNKNOWN, True)
    closed = attempt("SELECT", "anonymous", done=False, client=True)
    (finding,) = judge(attacked(closed, nobody="no role says who acts"), INSERT)
    assert (finding.status, "no role says who acts" in finding.detail) == (Status.UNKNOWN, True)


def test_without_a_caller_what_calls_leave_is_unknown():
    closed = attempt("SELECT", "bob", done=False, client=True)
    _, finding = judge(attacked(closed), INSERT, barred="nobody can become a user")
    assert (finding.subject, finding.status) == ("public.audit_log after calls", Status.UNKNOWN)
    (finding,) = judge(attacked(nobody="no role says who acts"), INSERT, barred="no role says who acts")
    assert finding.status is Status.UNKNOWN


def test_a_copied_secret_fails_once():
    row = {**NEW, "api_key": "sk-123456", "pin": "12", "tokens": "many"}
    closed = attacked(attempt("SELECT", "bob", done=False, client=True))
    _, *found = judge(closed, write("INSERT", None, row), write("DELETE", row, None))
    assert [finding.subject for finding in found] == ["public.payments.api_key"]


def test_a_secret_that_is_masked_passes():
    row = {**NEW, "password_hash": "abcdefgh"}
    masked = write("INSERT", None, row, entry={"new_data": {**row, "password_hash": "***"}})
    closed = attacked(attempt("SELECT", "bob", done=False, client=True))
    assert len(judge(closed, masked)) == 1


def test_a_hidden_secret_is_told_once():
    row = {**NEW, "api_key": "sk-123456"}
    said = "public.payments.api_key, which authenticated may not select there"
    read = replace(attempt(f"{HIDDEN}api_key", "alice", client=True), detail=said)
    closed = attempt("SELECT", "bob", done=False, client=True)
    _, *found = judge(attacked(closed, read, read), write("INSERT", None, row))
    assert [finding.subject for finding in found] == ["public.payments.api_key"]


def test_what_entries_of_ones_own_deeds_tell_of_others_fails():
    closed = attacked(attempt("SELECT", "bob", done=False, client=True))
    learned = Learned("public.audit_log", "public.tip(a text)", "bob", "public.purses", ("cents",), "begin;")
    _, finding = log_is_read_by_the_entitled(closed, evidence(INSERT), CounterpartEvidence((learned,)))
    assert (finding.subject, finding.status) == ("public.purses after public.tip(a text)", Status.FAILED)
    assert finding.detail.endswith("and read in public.audit_log what it holds: cents.")


@pytest.mark.parametrize(
    ("done", "tried", "status"),
    [(True, True, Status.FAILED), (False, True, Status.PASSED), (False, False, Status.UNKNOWN)],
)
def test_each_view_over_a_log_is_judged_by_itself(done, tried, status):
    view = attempt(f"{VIEWED}public.past", "bob", done=done, client=True, tried=tried, place="public.past")
    closed = attempt("SELECT", "bob", done=False, client=True)
    log, finding = judge(attacked(closed, view), INSERT)
    assert log.status is Status.PASSED
    assert (finding.subject, finding.status) == ("public.past", status)
