"""WAL008 on reconciliations made by hand."""

from pytest_readiness.evidence.load import LoadEvidence
from pytest_readiness.evidence.wallet import LedgerEvidence, Tampering
from readiness_checks.wallet.reconciliation_tells_the_truth import reconciliation_tells_the_truth

SEEN = Tampering("one amount", done=True, problems=1, script="update")
MISSED = Tampering("two amounts", done=True, problems=0, script="update")
UNDONE = Tampering("an entry", done=False, problems=0, script="", error="refused")


def statuses(sound, *tampering, error="", load=LoadEvidence()):  # noqa: B008  frozen
    ledger = LedgerEvidence("entries", sound=sound, tampering=tampering, error=error)
    return [f.status.value for f in reconciliation_tells_the_truth(ledger, load)]


def test_what_is_reported_passes_and_what_is_missed_fails():
    assert statuses((), SEEN, MISSED, UNDONE) == ["passed", "passed", "failed", "unknown"]


def test_a_cry_without_cause_fails():
    assert statuses(("account a differs",), SEEN) == ["failed"]


def test_silence_alone_proves_little():
    assert statuses(()) == ["passed", "unknown"]


def test_what_is_not_declared_or_raises_is_unknown():
    assert statuses(None) == ["unknown"]
    assert statuses(None, error="it raised") == ["unknown"]


def test_what_is_reported_while_others_write_and_is_not_so_afterwards_is_a_cry_without_cause():
    calm = LoadEvidence(reconciled=((), ("w drifts",)), settled=("w drifts",))
    assert statuses((), SEEN, load=calm) == ["passed", "passed", "passed"]
    cries = LoadEvidence(reconciled=((), ("w drifts",)), settled=())
    assert statuses((), SEEN, load=cries) == ["passed", "failed", "passed"]
