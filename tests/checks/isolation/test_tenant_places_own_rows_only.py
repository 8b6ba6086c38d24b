"""ISO003 on evidence made by hand: what it holds against whom, and in which words."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.attacks import WriteEvidence
from readiness_checks.isolation.tenant_places_own_rows_only import tenant_places_own_rows_only


def test_it_judges_its_own_kinds_of_harm(counted):
    assert counted(tenant_places_own_rows_only, WriteEvidence, "INSERT") == {"forged"}


def test_a_harm_is_told_in_a_sentence(harm, judged):
    finding = judged(tenant_places_own_rows_only, WriteEvidence, harm("forged"), verb="INSERT")
    assert (
        finding.detail
        == "As bob I put a row in the name of alice into public.payments: `canary-1` (public.payments)."
    )
    assert finding.reproduce == "select 'again'"
    assert "WITH CHECK on public.payments" in finding.fix


def test_a_verb_that_proves_nothing_here_yields_nothing(judged):
    assert judged(tenant_places_own_rows_only, WriteEvidence, verb="DELETE") is None


@pytest.mark.parametrize(
    ("below", "said"),
    [
        (False, "in the name of alice into public.payments: below"),
        (True, "of my own into public.payments below"),
    ],
)
def test_the_sentence_is_told_by_where_the_row_was_put_and_not_by_what_it_says(harm, judged, below, said):
    put = replace(harm("forged"), what="below the sea", below=below)
    finding = judged(tenant_places_own_rows_only, WriteEvidence, put, verb="INSERT")
    assert finding.detail == f"As bob I put a row {said} the sea (public.payments)."


def test_a_row_of_his_own_that_refers_to_hers_is_not_put_in_her_name(harm, judged):
    put = replace(harm("forged"), what="client from `1` to `2`", refers=True)
    finding = judged(tenant_places_own_rows_only, WriteEvidence, put, verb="INSERT")
    assert finding.detail == (
        "As bob I made a row of my own in public.payments refer to what is alice's: "
        "client from `1` to `2` (public.payments)."
    )
