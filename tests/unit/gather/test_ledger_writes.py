"""Of all updates of a ledger, what was done counts first, then a column of which nothing is known."""

from dataclasses import replace

from pytest_readiness.evidence.wallet import LedgerWrite
from pytest_readiness.gather.wallet.ledger import _telling

REFUSED = LedgerWrite("UPDATE", "e", "app", changed=False, message="entries are final", script="")
UNTRIED = replace(REFUSED, setup="it was refused for another reason (23505)")
DONE = replace(REFUSED, changed=True, message="")


def test_a_column_that_can_be_changed_counts_whatever_else_is_refused():
    assert _telling([[REFUSED], [UNTRIED], [UNTRIED, DONE]]) is DONE


def test_a_column_that_is_refused_for_another_reason_alone_is_unknown():
    assert _telling([[REFUSED], [UNTRIED, UNTRIED]]) is UNTRIED
    assert _telling([[REFUSED], [UNTRIED, REFUSED]]) is REFUSED


def test_where_there_is_no_column_there_is_no_attempt():
    assert _telling([]) is None
