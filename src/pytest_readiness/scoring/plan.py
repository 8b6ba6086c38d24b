"""What to fix first: each step is computed with the real rule, never as a sum of differences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_readiness.scoring.decision import Completeness, Decision, decide
from pytest_readiness.scoring.result import CheckResult, Judged, Outcome
from pytest_readiness.scoring.score import area_score, area_weight, combined, score
from pytest_readiness.vocabulary import Severity, Status, passed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Step:
    """The state of the release once this check, and those before it, are mended."""

    check: str
    raw_after: Fraction
    value_after: Fraction
    decision_after: Decision


def plan(results: Sequence[CheckResult], weights: Mapping[str, float], run: Completeness) -> tuple[Step, ...]:
    """Order the checks that fail or are unknown: blockers first, then by what each gains. No info.

    A run that is no whole run has no plan: it would end at the same ``unknown``.
    """
    if run.partial or not run.complete:
        return ()
    start = score(results, weights)
    if decide(results, start, run).value is Decision.UNKNOWN:
        return ()
    # Weights stay as they are when a check is mended, so that what one gains does not hang on the others.
    todo = sorted(_todo(results), key=lambda result: result.spec.id)
    todo.sort(key=lambda result: _gain(result, weights, results), reverse=True)
    state = {result.spec.id: result for result in results}
    areas = {area.name: area for area in start.areas}
    steps = []
    for result in todo:
        state[result.spec.id] = _pass(result)
        after = list(state.values())
        area = area_score(result.area, after, weights)
        if area is not None:
            areas[area.name] = area
        points = combined(list(areas.values()), after)
        steps.append(Step(result.spec.id, points.raw, points.value, decide(after, points, run).value))
    return tuple(steps)


def _todo(results: Sequence[CheckResult]) -> list[CheckResult]:
    bad = (Outcome.FAILED, Outcome.UNKNOWN)
    return [r for r in results if r.outcome in bad and r.spec.severity is not Severity.INFO]


def _gain(
    result: CheckResult, weights: Mapping[str, float], results: Sequence[CheckResult]
) -> tuple[bool, bool, Fraction]:
    """Order by what forbids the release, what was seen to fail, and the share of all points."""
    spec = result.spec
    inside = sum(r.spec.severity.weight for r in results if r.area == result.area and r.applies)
    share = area_weight(result.area, weights) * Fraction(spec.severity.weight, inside or 1)
    return spec.severity is Severity.BLOCKER, result.open, share * (1 - result.credit())


def _pass(result: CheckResult) -> CheckResult:
    findings = [replace(judged.finding, status=Status.PASSED) for judged in result.findings]
    judged = tuple(Judged(finding) for finding in findings or [passed(result.spec.id)])
    return replace(result, findings=judged, strength=result.strength or result.spec.needs)
