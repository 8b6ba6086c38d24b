"""WAL010: opposite transfers do not deadlock."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.wallet import InterleavingEvidence
from pytest_readiness.judges.serial import deadlocked, explained, told


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
    """Look for deadlocks at READ COMMITTED; other levels may abort whom they like."""
    for exploration in interleaving.explorations:
        if not exploration.opposite or exploration.level != "read committed":
            continue
        if exploration.setup:
            yield unknown(exploration.scenario, f"it could not be brought about: {exploration.setup}")
        elif dead := [o for o in exploration.observed if deadlocked(o) and explained(o)]:
            again = [observed for observed in dead if observed.replays]
            if not again:
                yield unknown(exploration.scenario, told(exploration, dead[0]), reason="unstable")
                continue
            seen = max(again, key=lambda observed: observed.replays)
            script = "\n".join([*seen.script, f"-- replay {exploration.level}: {seen.schedule}"])
            yield failed(exploration.scenario, told(exploration, seen), reproduce=script)
        elif not any("was done" in a for o in exploration.observed for a in o.outcome.answers):
            yield unknown(exploration.scenario, "no transfer was done in any order", reason="control")
        else:
            yield passed(exploration.scenario, f"{exploration.runs} runs ended without a deadlock")
