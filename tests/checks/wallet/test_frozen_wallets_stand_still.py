"""WAL003 on trials made by hand."""

from pytest_readiness.evidence.wallet import Rule
from readiness_checks.wallet.frozen_wallets_stand_still import frozen_wallets_stand_still


def test_it_passes_what_is_legal_and_proven_and_nothing_else(behaves):
    behaves(frozen_wallets_stand_still, Rule.FROZEN)
