"""The document behind every report: ``readiness.json``, as plain data."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from pytest_readiness.areas import AREAS
from pytest_readiness.report.incomplete import SCHEMA_VERSION
from pytest_readiness.report.matrix import plain
from pytest_readiness.report.texts import cut, one_line, redact, shown
from pytest_readiness.scoring.score import area_weight, floor
from pytest_readiness.vocabulary import Category, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_readiness.judges.isolation.matrix import Matrix
    from pytest_readiness.scoring.compare import Comparison
    from pytest_readiness.scoring.result import CheckResult, Judged
    from pytest_readiness.scoring.summary import Summary
    from pytest_readiness.vocabulary import Finding

_REPLAYED = 100_000
"""Characters of one reproduction, which is worth nothing once it is cut."""

_REPLAYED_AREAS = frozenset({"isolation", "audit"})
"""Areas whose reproductions are SQL for a copy of the target."""


def document(  # noqa: PLR0913  keyword-only: the parts of one document
    summary: Summary,
    *,
    tool: Mapping[str, Any],
    target: Mapping[str, Any],
    run: Mapping[str, Any],
    gate: Sequence[str],
    comparison: Comparison | None,
    weights: Mapping[str, float],
    matrix: Matrix | None = None,
) -> dict[str, Any]:
    """Return the whole report.

    Args:
        summary: The verdict.
        tool: Name and version.
        target: What was assessed.
        run: When and how.
        gate: Why the gate does not hold; empty when it does.
        comparison: With the baseline; None when there is none.
        weights: The project's own weights of areas.
        matrix: What every actor tried on every relation; None when nothing of it was gathered.
    """
    score = summary.score
    found = {
        "schema_version": SCHEMA_VERSION,
        "tool": dict(tool),
        "target": dict(target),
        "run": dict(run),
        "decision": {
            "value": summary.decided.value.value,
            "sentence": one_line(redact(summary.sentence)),
            "reasons": [one_line(redact(reason)) for reason in summary.decided.reasons],
            "in_scope": list(summary.in_scope),
            "out_of_scope": [{"area": name, "reason": reason} for name, reason in summary.out_of_scope],
        },
        "score": {
            "value": floor(score.value),
            "raw": floor(score.raw),
            "upper": floor(score.upper),
            "assessed": floor(score.assessed),
            "caps": list(score.caps),
        },
        "areas": [
            {
                "name": area.name,
                "category": AREAS[area.name].category.value,
                "weight": float(area.weight),
                "score": floor(100 * area.earned),
                "assessed": floor(100 * area.assessed),
            }
            for area in score.areas
        ],
        "categories": _categories(summary),
        "checks": [_check(result, summary, weights) for result in summary.results],
        "blockers": list(summary.blockers),
        "plan": [
            {
                "check": step.check,
                "raw_after": floor(step.raw_after),
                "value_after": floor(step.value_after),
                "decision_after": step.decision_after.value,
            }
            for step in summary.plan
        ],
        "errors": [one_line(text) for text in summary.errors],
        "gate": {"holds": not gate, "refusals": [one_line(redact(text)) for text in gate]},
        "baseline": _baseline(comparison),
        "not_applicable": [
            {"name": name, "reason": reason, "in_force": in_force}
            for name, reason, in_force in summary.declared
        ],
        "isolation_matrix": plain(matrix) if matrix else None,
    }
    return {key: shown(value) for key, value in found.items()}


def _categories(summary: Summary) -> list[dict[str, Any]]:
    found = []
    for category in Category:
        inside = [area for area in summary.score.areas if AREAS[area.name].category is category]
        weight = sum(area.weight for area in inside)
        if weight:
            found.append(
                {
                    "name": category.value,
                    "weight": float(weight),
                    "score": floor(100 * sum(a.weight * a.earned for a in inside) / weight),
                    "assessed": floor(100 * sum(a.weight * a.assessed for a in inside) / weight),
                }
            )
    return found


def _check(result: CheckResult, summary: Summary, weights: Mapping[str, float]) -> dict[str, Any]:
    spec = result.spec
    possible = _possible(result, summary, weights)
    return {
        "id": spec.id,
        "title": spec.title,
        "area": result.area,
        "category": AREAS[result.area].category.value,
        "severity": spec.severity.value,
        "outcome": result.outcome.value,
        "open": result.open,
        "reason": result.not_applicable or result.absent or _reason(result),
        "needs": spec.needs.value,
        "strength": result.strength.value if result.strength and result.applies else None,
        "points": {"earned": floor(possible * result.credit(), 2), "possible": floor(possible, 2)},
        "duration_s": round(result.duration_s, 3),
        "remediation": spec.remediation,
        "references": list(spec.references),
        "findings": [_finding(judged, result) for judged in result.findings],
    }


def _possible(result: CheckResult, summary: Summary, weights: Mapping[str, float]) -> Any:  # noqa: ANN401  Fraction
    """Points of 100 that a check can earn."""
    if not result.applies or result.spec.severity is Severity.INFO:
        return 0 * area_weight(result.area, weights)
    inside = [r for r in summary.results if r.applies and r.area == result.area]
    share = area_weight(result.area, weights) * result.spec.severity.weight
    total = sum((area.weight for area in summary.score.areas), 0 * share)
    return 100 * share / total / sum(r.spec.severity.weight for r in inside) if total else 0 * share


def _reason(result: CheckResult) -> str | None:
    return next((j.finding.reason for j in result.findings if j.unknown and j.finding.reason), None)


def _finding(judged: Judged, result: CheckResult) -> dict[str, Any]:
    finding = judged.finding
    replayed = judged.failed and result.area in _REPLAYED_AREAS and bool(finding.reproduce)
    return {
        "subject": finding.subject,
        "status": finding.status.value,
        "detail": cut(redact(finding.detail)),
        "reproduce": cut(redact(finding.reproduce), _REPLAYED),
        "fix": cut(redact(finding.fix)),
        "reason": finding.reason or None,
        "damage": finding.damage.value if finding.damage else None,
        "see": _command("psql", result, finding) if replayed else None,
        "mend": _command("fix", result, finding) if finding.mechanical else None,
        "waived": judged.waived,
    }


def _command(name: str, result: CheckResult, finding: Finding) -> str:
    """Return what a person pastes into a shell."""
    return f"pytest-readiness {name} {shlex.quote(f'{result.spec.id}:{finding.subject}')}"


def _baseline(comparison: Comparison | None) -> dict[str, Any] | None:
    if comparison is None:
        return None
    return {
        "deltas": [
            {"change": delta.change.value, "check": delta.check, "subject": delta.subject}
            for delta in comparison.deltas
        ],
        "regressions": len(comparison.regressions),
    }
