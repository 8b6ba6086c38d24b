"""WAL009: calls that meet act as if they had come one after the other."""

from collections import defaultdict
from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.wallet import Exploration, InterleavingEvidence
from pytest_readiness.judges.wallet.meetings import acted_in_turn


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
        yield acted_in_turn(scenario, explorations)
