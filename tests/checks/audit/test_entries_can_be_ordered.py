"""AUD009 on evidence made by hand."""

from dataclasses import replace

from pytest_readiness import Status
from pytest_readiness.evidence.audit import Chain, ChainEvidence
from readiness_checks.audit.entries_can_be_ordered import entries_can_be_ordered
from trails import DELETE, INSERT, LOG, OLD, evidence, write

PLAIN = replace(LOG, numbered=())
LATER = write("DELETE", OLD, None, entry={"at": "2026-01-02"})


def judge(*writes, log):
    return [*entries_can_be_ordered(evidence(*writes, log=log), ChainEvidence())]


def test_a_number_or_a_time_that_goes_on_passes():
    for log, writes in ((LOG, (INSERT, DELETE)), (PLAIN, (INSERT, LATER))):
        (finding,) = judge(*writes, log=log)
        assert finding.status is Status.PASSED


def test_one_time_for_all_fails():
    (finding,) = judge(INSERT, DELETE, log=PLAIN)
    assert finding.status is Status.FAILED
    assert "have the same at" in finding.detail


def test_one_entry_says_nothing():
    assert not judge(INSERT, log=PLAIN)


def test_what_was_not_tried_at_one_stroke_is_not_said_to_be():
    chain = Chain("public.log", "previous", (), "table public.log")
    for strokes, unstruck, said in (
        (
            ("UPDATE", "INSERT"),
            (),
            "wrote at once, and rows written at once (UPDATE, INSERT), made one chain",
        ),
        (
            ("UPDATE",),
            (("DELETE", "no"),),
            "(UPDATE), made one chain; DELETE of rows at once was not tried: no",
        ),
        ((), (("DELETE", "no"),), "two sessions that wrote at once made one chain; DELETE of rows at once"),
        ((), (), "two sessions that wrote at once made one chain"),
    ):
        chains = ChainEvidence((replace(chain, strokes=strokes, unstruck=unstruck),))
        (finding,) = entries_can_be_ordered(evidence(log=PLAIN), chains)
        assert said in finding.detail
        assert bool(strokes) is ("rows written at once" in finding.detail)


def test_a_chain_that_forks_fails_and_one_that_was_not_tried_is_unknown():
    told = (((("ab12", 2),), "", Status.FAILED), ((), "", Status.PASSED), ((), "of several", Status.UNKNOWN))
    for forked, unsure, status in told:
        chains = ChainEvidence((Chain("public.log", "previous", forked, "table public.log", unsure),))
        (finding,) = entries_can_be_ordered(evidence(log=PLAIN), chains)
        assert finding.status is status
