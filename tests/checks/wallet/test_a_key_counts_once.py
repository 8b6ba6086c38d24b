"""WAL005 on trials made by hand."""

from pytest_readiness.evidence.wallet import Rule
from readiness_checks.wallet.a_key_counts_once import a_key_counts_once


def test_it_passes_what_is_legal_and_proven_and_nothing_else(behaves):
    behaves(a_key_counts_once, Rule.KEY)
