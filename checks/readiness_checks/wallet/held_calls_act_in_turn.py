"""WAL012: calls that are held between two statements act as if they had come one after the other."""

from collections import defaultdict
from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, passed, unknown
from pytest_readiness.evidence.wallet import BetweenEvidence, Exploration
from pytest_readiness.judges.wallet.coverage import held, told
from pytest_readiness.judges.wallet.meetings import STRICT, acted_in_turn, got_through
from pytest_readiness.judges.wallet.serial import deadlocked, explained


@check(
    id="WAL012",
    title="Calls that are held between two statements act as if they had come one after the other",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A function is no atom: at READ COMMITTED every statement of it sees what others committed since the "
        "one before. What was read before the first lock may be old when the lock is had, and locks in two "
        "orders meet only in the midst of a call."
    ),
    remediation=(
        "Take all locks in the first statement, in one order, and read in those after it. A lock that is "
        "only tried (NOWAIT, SKIP LOCKED, pg_try_advisory_lock) makes nothing current that was read before."
    ),
    references=("https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED",),
)
def held_calls_act_in_turn(between: BetweenEvidence) -> Iterator[Finding]:
    """Compare what each scenario led to with what the same calls lead to one by one."""
    by_scenario: dict[str, list[Exploration]] = defaultdict(list)
    for exploration in between.explorations:
        by_scenario[exploration.scenario].append(exploration)
    for scenario, explorations in by_scenario.items():
        yield _judged(scenario, explorations)
    if between.instances:
        yield _reached(between)
        return
    for function, why in between.unread:
        yield unknown(function, f"calls could not be held in it: {why}", reason="unread")
    if not between.unread:
        yield passed("reach", told(between))


def _reached(between: BetweenEvidence) -> Finding:
    if between.statements:
        return passed("reach", held(between))
    return unknown(
        "reach",
        "the service sent no statement through the URL that the factory was called with: let it connect by "
        "that URL, without TLS",
        reason="control",
    )


def _judged(scenario: str, explorations: list[Exploration]) -> Finding:
    dead = [
        exploration
        for exploration in explorations
        if exploration.opposite and exploration.level in STRICT
        if any(deadlocked(observed) and explained(observed) for observed in exploration.observed)
    ]
    return got_through(dead[0]) if dead else acted_in_turn(scenario, explorations)
