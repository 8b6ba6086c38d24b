"""WAL007 on attempts made by hand."""

from dataclasses import replace
from decimal import Decimal

from pytest_readiness.evidence.wallet import Entry, LedgerEvidence, LedgerWrite
from readiness_checks.wallet.ledger_only_grows import ledger_only_grows

REFUSED = LedgerWrite("DELETE", "owner", changed=False, message="append-only", script="delete")
DONE = LedgerWrite("TRUNCATE", "owner", changed=True, message="", script="truncate entries;")
ENTRIES = (Entry("t", "a", Decimal(1)),)


def statuses(*writes, entries=ENTRIES):
    return [f.status.value for f in ledger_only_grows(LedgerEvidence("entries", entries, writes=writes))]


def test_a_change_fails_and_a_refusal_passes():
    assert statuses(REFUSED, DONE) == ["passed", "failed"]


def test_an_empty_ledger_proves_nothing():
    assert statuses(REFUSED, entries=()) == ["unknown"]


def test_an_undeclared_ledger_is_unknown():
    (finding,) = ledger_only_grows(LedgerEvidence())
    assert finding.status.value == "unknown"
    assert "ledger =" in finding.detail


def test_a_refusal_for_another_reason_proves_nothing():
    assert statuses(replace(REFUSED, setup="a constraint on amounts")) == ["unknown"]
