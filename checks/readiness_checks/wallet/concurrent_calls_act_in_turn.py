"""WAL009: calls that meet act as if they had come one after the other."""

from collections import defaultdict
from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.wallet import Exploration, InterleavingEvidence
from pytest_readiness.judges.replays import replay
from pytest_readiness.judges.serial import explained, told


@check(
    id="WAL009",
    title="Calls that meet act as if they had come one after the other",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "Two transfers that read the same balance spend it twice, and no test that calls one after the other "
        "will ever show it."
    ),
    remediation=(
        "Lock the rows first, in one order, and read them afterwards; write to a row that stands for what a "
        "limit sums up; let 40001 and 40P01 reach a caller who tries again."
    ),
    references=("https://www.postgresql.org/docs/current/transaction-iso.html",),
)
def concurrent_calls_act_in_turn(interleaving: InterleavingEvidence) -> Iterator[Finding]:
    """Compare what each scenario led to with what the same calls lead to one by one."""
    by_scenario: dict[str, list[Exploration]] = defaultdict(list)
    for exploration in interleaving.explorations:
        by_scenario[exploration.scenario].append(exploration)
    for scenario, explorations in by_scenario.items():
        yield _judged(scenario, explorations)


def _judged(scenario: str, explorations: list[Exploration]) -> Finding:
    # A deadlock in which nobody was served hangs, and is told here; one that was resolved is WAL010's.
    wrong = [(e, o) for e in explorations for o in e.observed if not explained(o)]
    again = [(e, o) for e, o in wrong if o.replays and e.declared]
    if again:
        exploration, observed = max(again, key=lambda found: found[1].replays)
        levels = f"Seen at {len({e.level for e, _ in again})} of {len(explorations)} isolation levels."
        script = "\n".join([*observed.script, f"-- {replay(exploration, observed).command}"])
        return failed(scenario, f"{told(exploration, observed)}\n{levels}", reproduce=script)
    if wrong:
        exploration, observed = wrong[0]
        if exploration.declared:
            why = "The same schedule ended otherwise each time that it was replayed."
        else:
            why = f'Say whether callers use {exploration.level}: isolation = ["read committed"] in [wallet].'
        return unknown(scenario, f"{told(exploration, observed)}\n{why}", reason="unstable or undeclared")
    unset = [e for e in explorations if e.setup]
    if unset:
        return unknown(scenario, f"it could not be brought about: {unset[0].setup}")
    answers = [a for e in explorations for o in e.observed for a in o.outcome.answers]
    if not any("was done" in answer for answer in answers):
        return unknown(scenario, f"nothing was done in any order: {answers[0]}", reason="control")
    runs = sum(exploration.runs for exploration in explorations)
    return passed(scenario, f"{runs} runs at {len(explorations)} isolation levels ended as in some order")
