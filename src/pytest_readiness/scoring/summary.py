"""From the records of a run to all that a report says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.areas import AREAS
from pytest_readiness.scoring.decision import Decided, blockers, decide, sentence
from pytest_readiness.scoring.declared import apply_declarations
from pytest_readiness.scoring.plan import Step, plan
from pytest_readiness.scoring.result import CheckResult, Judged
from pytest_readiness.scoring.score import Score, score
from pytest_readiness.scoring.waivers import apply_waivers
from pytest_readiness.vocabulary import unknown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from pytest_readiness.catalogue import Catalogue, Declared
    from pytest_readiness.scoring.decision import Completeness
    from pytest_readiness.scoring.record import Record
    from pytest_readiness.settings import Settings


@dataclass(frozen=True, slots=True)
class Summary:
    """The verdict on a run, ready to be reported.

    Attributes:
        declared: What settings declare not applicable: the name, the reason, and whether it is in force.
    """

    results: tuple[CheckResult, ...]
    score: Score
    decided: Decided
    sentence: str
    in_scope: tuple[str, ...]
    out_of_scope: tuple[tuple[str, str], ...]
    blockers: tuple[str, ...]
    plan: tuple[Step, ...]
    errors: tuple[str, ...]
    declared: tuple[tuple[str, str, bool], ...] = ()


def summarise(
    catalogue: Catalogue,
    records: Mapping[str, Record],
    missing: Mapping[str, str],
    settings: Settings,
    run: Completeness,
    today: dt.date,
) -> Summary:
    """Sum up a run.

    Args:
        catalogue: All checks there are; one without a record is unknown.
        records: What was recorded, by check.
        missing: Why a check has no record, by check; else it was not run.
        settings: Weights, waivers and what is not applicable.
        run: Whether it was the whole run.
        today: For waivers.
    """
    judged = [_result(declared, records, missing) for declared in catalogue.checks]
    applied = apply_declarations(judged, settings.not_applicable)
    waived = apply_waivers(applied.results, settings.waivers, today)
    points = score(waived.results, settings.weights)
    decided = decide(waived.results, points, run)
    in_scope = tuple(area.name for area in points.areas)
    out_of_scope = tuple(_out_of_scope(waived.results, in_scope, settings))
    return Summary(
        results=waived.results,
        score=points,
        decided=decided,
        sentence=sentence(decided, in_scope, [name for name, _ in out_of_scope]),
        in_scope=in_scope,
        out_of_scope=out_of_scope,
        blockers=tuple(result.spec.id for result in blockers(waived.results)),
        plan=plan(waived.results, settings.weights, run),
        errors=(*waived.errors, *applied.errors),
        declared=tuple(
            (item.area or item.check, item.reason, item in applied.in_force)
            for item in settings.not_applicable
        ),
    )


def _result(declared: Declared, records: Mapping[str, Record], missing: Mapping[str, str]) -> CheckResult:
    base = CheckResult(declared.spec, declared.area)
    record = records.get(declared.spec.id)
    if record is None:
        reason = missing.get(declared.spec.id, "not run")
        return replace(base, findings=(Judged(unknown(declared.spec.id, f"it was {reason}", reason=reason)),))
    ordered = sorted(record.findings, key=lambda finding: finding.subject)
    return replace(
        base,
        findings=tuple(Judged(finding) for finding in ordered),
        strength=record.strength,
        absent=record.absent,
        duration_s=record.duration_s,
    )


def _out_of_scope(
    results: Sequence[CheckResult], in_scope: Sequence[str], settings: Settings
) -> list[tuple[str, str]]:
    declared = {item.area: item.reason for item in settings.not_applicable if item.area}
    found = []
    for name in AREAS:
        if name in in_scope:
            continue
        inside = [result for result in results if result.area == name]
        if name in declared:
            reason = declared[name]
        elif not inside:
            reason = (
                "the project has no checks of its own" if name == "project" else "no check in this version"
            )
        else:
            reason = inside[0].absent or inside[0].not_applicable or "its weight is 0"
        found.append((name, reason))
    return found
