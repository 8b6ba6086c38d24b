"""WAL002 on trials made by hand."""

from pytest_readiness.evidence.wallet import Rule
from readiness_checks.wallet.money_moves_whole import money_moves_whole


def test_it_passes_what_is_legal_and_proven_and_nothing_else(behaves):
    behaves(money_moves_whole, Rule.MOVEMENT)
