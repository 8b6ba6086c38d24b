"""AUD005 on evidence made by hand."""

import pytest

from pytest_readiness import Status
from readiness_checks.audit.log_is_append_only import log_is_append_only
from trails import attacked, attempt


def judge(*attempts, entry=""):
    (finding,) = log_is_append_only(attacked(*attempts, entry=entry))
    return finding


@pytest.mark.parametrize("deed", ["UPDATE", "DELETE", "TRUNCATE", "a call of public.purge()"])
def test_entries_that_go_fail(deed):
    finding = judge(attempt("DROP", done=False), attempt(deed))
    assert finding.status is Status.FAILED
    assert f"{deed} by service_role" in finding.detail
    assert finding.reproduce


@pytest.mark.parametrize(
    "other",
    [
        attempt("DELETE", done=False),
        attempt("DELETE", owner=True),
        attempt("INSERT", client=True),
        attempt("SELECT", client=True),
        attempt("a borrowed public.record", client=True),
    ],
)
def test_refusals_and_what_other_checks_tell_pass(other):
    assert judge(other, attempt("TRUNCATE", done=False)).status is Status.PASSED


def test_an_application_that_takes_the_guards_off_is_told_to_give_the_log_away():
    finding = judge(attempt("DROP"), attempt("DISABLE TRIGGER"))
    assert "that service_role is not and cannot become" in finding.fix
    assert "revoke" in judge(attempt("DELETE")).fix


def test_without_an_entry_nothing_is_known():
    assert judge(entry="all was refused").status is Status.UNKNOWN


def test_where_nobody_but_the_owner_acts_nothing_was_tried():
    finding = judge(attempt("DELETE", owner=True))
    assert (finding.status, "all who act own the log" in finding.detail) == (Status.UNKNOWN, True)


def test_what_was_not_tried_is_told_beside_what_was_refused():
    parents = attempt("DELETE of auth.users, to which entries refer", done=False, tried=False)
    passed, unknown = log_is_append_only(attacked(attempt("DELETE", done=False), parents))
    assert (passed.status, passed.detail) == (Status.PASSED, "1 attempts were refused")
    assert unknown.status is Status.UNKNOWN
    assert unknown.subject == "public.audit_log: DELETE of auth.users, to which entries refer"


def test_a_function_is_told_to_keep_an_age_of_its_own():
    assert "Let public.purge() end only entries of an age" in judge(attempt("a call of public.purge()")).fix
