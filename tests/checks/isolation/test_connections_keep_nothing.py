"""ISO012 on evidence made by hand: what it holds against whom, and in which words."""

from pytest_readiness.evidence.attacks import SessionEvidence
from readiness_checks.isolation.connections_keep_nothing import connections_keep_nothing


def test_it_judges_its_own_kinds_of_harm(counted):
    assert counted(connections_keep_nothing, SessionEvidence, "POOL") == {"read"}


def test_a_harm_is_told_in_a_sentence(harm, judged):
    finding = judged(
        connections_keep_nothing, SessionEvidence, harm("read"), verb="POOL", subject="public.begin()"
    )
    assert (
        finding.detail == "As bob I got alice's data by way of public.begin(): public.payments, `canary-1`."
    )
    assert finding.reproduce == "select 'again'"
    assert "Let public.begin() leave nothing behind" in finding.fix
