"""ISO005 on evidence made by hand: what it holds against whom, and in which words."""

from dataclasses import replace

from pytest_readiness.evidence.attacks import CallEvidence
from readiness_checks.isolation.function_returns_own_rows_only import function_returns_own_rows_only


def test_it_judges_its_own_kinds_of_harm(counted):
    assert counted(function_returns_own_rows_only, CallEvidence, "CALL") == {
        "read",
        "altered",
        "taken",
        "destroyed",
        "forged",
    }


def test_a_harm_is_told_in_a_sentence(harm, judged):
    finding = judged(
        function_returns_own_rows_only, CallEvidence, harm("read"), verb="CALL", subject="public.find(text)"
    )
    assert finding.detail == "As bob I called public.find(text) and learned of alice's rows: `canary-1`."
    assert finding.reproduce == "select 'again'"
    assert "revoke EXECUTE" in finding.fix


def test_destroyed_is_told_in_a_sentence(harm, judged):
    finding = judged(
        function_returns_own_rows_only,
        CallEvidence,
        harm("destroyed"),
        verb="CALL",
        subject="public.find(text)",
    )
    assert (
        finding.detail
        == "As bob I called public.find(text) and destroyed alice's row in public.payments: `canary-1`."
    )
    assert "public.find(text)" in finding.fix


def test_a_secret_is_nobodys_row(harm, judged):
    told = replace(harm("secret"), victim="", what="the setting app.signing_key", mend="Revoke EXECUTE.")
    finding = judged(
        function_returns_own_rows_only, CallEvidence, told, verb="CALL", subject="public.headers()"
    )
    assert finding.detail == (
        "As bob I called public.headers() and was told a secret of the platform's: the setting app.signing_key."
    )
    assert finding.fix == "Revoke EXECUTE."
