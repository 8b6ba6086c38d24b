"""AUD006 on evidence made by hand."""

import pytest

from pytest_readiness import Status
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
