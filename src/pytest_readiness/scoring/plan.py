"""What to fix first: each step is computed with the real rule, never as a sum of differences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.scoring.decision import Completeness, Decision, decide
from pytest_readiness.scoring.result import CheckResult, Judged, Outcome
from pytest_readiness.scoring.score import score
from pytest_readiness.vocabulary import Severity, Status, passed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Step:
    """The state of the release once this check, and those before it, are mended."""

    check: str
    raw_after: Fraction
    value_after: Fraction
    decision_after: Decision


def plan(results: Sequence[CheckResult], weights: Mapping[str, float], run: Completeness) -> tuple[Step, ...]:
    """Order the checks that fail or are unknown: blockers first, then by what each gains. No info."""
    remaining = [
        result
        for result in sorted(results, key=lambda result: result.spec.id)
        if result.outcome in (Outcome.FAILED, Outcome.UNKNOWN) and result.spec.severity is not Severity.INFO
    ]
    state = list(results)
    steps = []
    while remaining:
        best = max(remaining, key=lambda result: _gain(result, state, weights))
        state = _mended(state, best)
        remaining.remove(best)
        after = score(state, weights)
        steps.append(Step(best.spec.id, after.raw, after.value, decide(state, after, run).value))
    return tuple(steps)


def _gain(
    result: CheckResult, state: list[CheckResult], weights: Mapping[str, float]
) -> tuple[bool, bool, Fraction]:
    blocker = result.spec.severity is Severity.BLOCKER
    return (blocker, result.open, score(_mended(state, result), weights).raw)


def _mended(state: list[CheckResult], mended: CheckResult) -> list[CheckResult]:
    return [_pass(result) if result.spec.id == mended.spec.id else result for result in state]


def _pass(result: CheckResult) -> CheckResult:
    findings = [replace(judged.finding, status=Status.PASSED) for judged in result.findings]
    judged = tuple(Judged(finding) for finding in findings or [passed(result.spec.id)])
    return replace(result, findings=judged, strength=result.strength or result.spec.needs)
