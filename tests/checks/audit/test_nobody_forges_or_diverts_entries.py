"""AUD006 on evidence made by hand."""

import pytest

from pytest_readiness import Status
from pytest_readiness.judges.audit.log_attacks import DISARMED
from readiness_checks.audit.nobody_forges_or_diverts_entries import nobody_forges_or_diverts_entries
from trails import attacked, attempt


def judge(*attempts, entry=""):
    (finding,) = nobody_forges_or_diverts_entries(attacked(*attempts, entry=entry))
    return finding


@pytest.mark.parametrize("deed", ["INSERT", "a write after app.skip = on"])
def test_a_forgery_and_a_diversion_fail(deed):
    finding = judge(attempt(deed, "bob", client=True))
    assert finding.status is Status.FAILED
    assert finding.detail.startswith(f"As bob, {deed}")


def test_refusals_pass():
    assert judge(attempt("INSERT", done=False), attempt("DELETE")).status is Status.PASSED
    assert judge(entry="no table").status is Status.UNKNOWN


def test_without_an_attempt_nothing_is_known():
    assert judge(attempt("DELETE", done=False)).status is Status.UNKNOWN


def test_an_entry_that_is_refused_for_what_it_says_is_no_refusal():
    refused = attempt("INSERT", "bob", done=False, client=True, tried=False)
    other = attempt("INSERT", "a caller without a user", done=False, client=True)
    passed, unknown = nobody_forges_or_diverts_entries(attacked(other, refused, refused))
    assert (passed.status, passed.detail) == (Status.PASSED, "1 attempts came to nothing")
    assert (unknown.status, unknown.subject) == (Status.UNKNOWN, "public.audit_log: INSERT by bob")


def test_who_owns_the_tables_is_told_so():
    finding = judge(attempt(f"{DISARMED}DISABLE TRIGGER on public.payments", "service_role"))
    assert finding.status is Status.FAILED
    assert "Let a role own the audited tables" in finding.fix
