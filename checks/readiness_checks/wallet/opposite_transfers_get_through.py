"""WAL010: opposite transfers do not deadlock."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.wallet import InterleavingEvidence
from pytest_readiness.judges.wallet.meetings import STRICT, got_through


@check(
    id="WAL010",
    title="Opposite transfers do not deadlock",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "Two who pay each other at once each hold what the other waits for. The server ends one of them "
        "after a second, and under load the seconds add up."
    ),
    remediation=(
        "Lock all rows of a transfer in one order, whichever way the money goes: wallets by id, then keys, "
        "then the rows of owners."
    ),
    references=("https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS",),
)
def opposite_transfers_get_through(interleaving: InterleavingEvidence) -> Iterator[Finding]:
    """Look for deadlocks at READ COMMITTED; callers of other levels try again what was aborted."""
    opposite = [exploration for exploration in interleaving.explorations if exploration.opposite]
    strict = [exploration for exploration in opposite if exploration.level in STRICT]
    chosen = strict or [exploration for exploration in opposite if exploration.declared]
    for exploration in {one.scenario: one for one in chosen}.values():
        yield got_through(exploration)
