"""WAL004 on trials made by hand."""

from pytest_readiness.evidence.wallet import Rule
from readiness_checks.wallet.nobody_spends_more import nobody_spends_more


def test_it_passes_what_is_legal_and_proven_and_nothing_else(behaves):
    behaves(nobody_spends_more, Rule.FUNDS)
