"""MIG015 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.trials import Trial, TrialEvidence
from readiness_checks.migrations.rebuilt_tables_keep_their_guards import rebuilt_tables_keep_their_guards


def judge(**seen):
    (finding,) = rebuilt_tables_keep_their_guards(TrialEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_the_table_and_what_it_lost_are_named():
    finding = judge(bared=(("public.wallets", ("row security", "policy own")),))
    assert finding.status is Status.FAILED
    assert "public.wallets anew, without what the old one had: row security, policy own" in finding.detail
    assert judge().status is Status.PASSED


def test_a_function_that_may_keep_less_is_unknown():
    finding = judge(replaced=(("public.wallets", ("trigger frozen",)),))
    assert finding.status is Status.UNKNOWN
    assert "in place of trigger frozen" in finding.detail


def test_what_was_not_tried_is_unknown():
    assert judge(untried="it does not apply").status is Status.UNKNOWN
