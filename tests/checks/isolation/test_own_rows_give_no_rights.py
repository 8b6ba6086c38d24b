"""ISO006 on evidence made by hand: what it holds against whom, and in which words."""

from pytest_readiness.evidence.attacks import EscalationEvidence
from readiness_checks.isolation.own_rows_give_no_rights import own_rows_give_no_rights


def test_it_judges_its_own_kinds_of_harm(counted):
    assert counted(own_rows_give_no_rights, EscalationEvidence, "ESCALATE") == {
        "read",
        "altered",
        "taken",
        "destroyed",
    }


def test_a_harm_is_told_in_a_sentence(harm, judged):
    finding = judged(
        own_rows_give_no_rights, EscalationEvidence, harm("read"), verb="ESCALATE", subject="public.members"
    )
    assert (
        finding.detail
        == "As bob I used public.members for myself, and then read alice's row in public.payments: `canary-1`."
    )
    assert finding.reproduce == "select 'again'"
    assert "through public.members" in finding.fix


def test_what_was_written_is_told_as_that(harm, judged):
    finding = judged(
        own_rows_give_no_rights,
        EscalationEvidence,
        harm("destroyed"),
        verb="ESCALATE TWICE",
        subject="x.roles",
    )
    assert "I used x.roles for myself, and then destroyed alice's row in public.payments" in finding.detail
