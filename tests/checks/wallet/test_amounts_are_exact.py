"""WAL001 on trials made by hand."""

from pytest_readiness.evidence.wallet import Rule
from readiness_checks.wallet.amounts_are_exact import amounts_are_exact


def test_it_passes_what_is_legal_and_proven_and_nothing_else(behaves):
    behaves(amounts_are_exact, Rule.AMOUNT)
