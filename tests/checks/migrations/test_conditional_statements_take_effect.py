"""MIG006 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.trials import Skipped, Trial, TrialEvidence
from readiness_checks.migrations.conditional_statements_take_effect import conditional_statements_take_effect


def judge(**seen):
    (finding,) = conditional_statements_take_effect(TrialEvidence((Trial("1_a.sql", **seen),), "owner"))
    return finding


def test_what_is_lacking_is_named():
    skipped = Skipped("do $$ … $$", 4, "public.payouts never comes to be")
    finding = judge(skipped=(skipped, skipped))
    assert finding.status is Status.FAILED
    assert "line 4 does nothing: public.payouts never comes to be" in finding.detail
    assert "and 1 more" in finding.detail


def test_what_was_forgotten_comes_with_its_sqlstate():
    finding = judge(skipped=(Skipped("do $$ … $$", 4, "no such column", "42703"),))
    assert "42703 no such column" in finding.detail
    assert judge().status is Status.PASSED


def test_what_was_not_tried_is_unknown():
    assert judge(untried="it does not apply").status is Status.UNKNOWN


def test_what_nobody_watched_is_unknown():
    assert judge(unwatched="it ends transactions itself").status is Status.UNKNOWN
