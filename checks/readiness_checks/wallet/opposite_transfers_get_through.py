"""WAL010: opposite transfers do not deadlock."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.wallet import Exploration, InterleavingEvidence
from pytest_readiness.judges.replays import replay
from pytest_readiness.judges.serial import deadlocked, explained, told

LEVEL = "read committed"


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
    strict = [exploration for exploration in opposite if exploration.level == LEVEL]
    for exploration in strict or {other.scenario: other for other in opposite if other.declared}.values():
        yield _judged(exploration)


def _judged(exploration: Exploration) -> Finding:
    scenario = exploration.scenario
    if exploration.setup:
        return unknown(scenario, f"it could not be brought about: {exploration.setup}")
    dead = [observed for observed in exploration.observed if deadlocked(observed) and explained(observed)]
    if dead and exploration.level == LEVEL:
        seen = max(dead, key=lambda observed: observed.replays)
        if not seen.replays:
            return unknown(scenario, told(exploration, seen), reason="unstable")
        script = "\n".join([*seen.script, f"-- {replay(exploration, seen).command}"])
        return failed(scenario, told(exploration, seen), reproduce=script)
    if not any("was done" in answer for o in exploration.observed for answer in o.outcome.answers):
        return unknown(scenario, "no transfer was done in any order", reason="control")
    aborted = f"in a deadlock that callers at {exploration.level} try again" if dead else "without a deadlock"
    return passed(scenario, f"{exploration.runs} runs ended {aborted}")
