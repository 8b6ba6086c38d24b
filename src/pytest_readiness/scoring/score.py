"""The score: a weighted mean over the areas in scope, and the caps that open failures put on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_readiness.areas import AREAS
from pytest_readiness.vocabulary import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_readiness.scoring.result import CheckResult

BLOCKER_CAP = 49
HIGH_CAP = 79


@dataclass(frozen=True, slots=True)
class AreaScore:
    """The score of one area in scope; all shares from 0 to 1.

    Attributes:
        settled: Of all that does not fail, the share that was judged; None where all of it fails.
    """

    name: str
    weight: Fraction
    earned: Fraction
    upper: Fraction
    assessed: Fraction
    settled: Fraction | None


@dataclass(frozen=True, slots=True)
class Score:
    """The score of a run, exact; from 0 to 100.

    Attributes:
        raw: The weighted mean of what was earned.
        upper: What ``raw`` would be if every unknown passed.
        assessed: Share of the weight that was judged.
        settled: The same without what fails: one failure more must not make up for what nobody knows.
        value: ``raw``, lowered to the tightest cap.
        caps: Why it was lowered.
        areas: The areas in scope.
    """

    raw: Fraction
    upper: Fraction
    assessed: Fraction
    settled: Fraction
    value: Fraction
    caps: tuple[str, ...]
    areas: tuple[AreaScore, ...]


def floor(number: Fraction, digits: int = 1) -> float:
    """Round down for display, so that no figure looks better than it is."""
    scale: int = 10**digits
    return math.floor(number * scale) / scale


def score(results: Sequence[CheckResult], weights: Mapping[str, float]) -> Score:
    """Compute the score of the checks that apply.

    Args:
        results: All results; those that do not apply are left out.
        weights: The project's own weights of areas, over the defaults.
    """
    found = (area_score(name, results, weights) for name in AREAS)
    return combined([area for area in found if area is not None], results)


def combined(areas: Sequence[AreaScore], results: Sequence[CheckResult]) -> Score:
    """Compute the score from that of each area in scope, and the caps from the results."""
    total = sum((area.weight for area in areas), Fraction(0))
    holding = [(area.weight, area.settled) for area in areas if area.settled is not None]
    held = sum((weight for weight, _ in holding), Fraction(0))

    def mean(values: Iterable[Fraction]) -> Fraction:
        weighted = sum((a.weight * v for a, v in zip(areas, values, strict=True)), Fraction(0))
        return 100 * weighted / total if total else Fraction(0)

    raw = mean(area.earned for area in areas)
    caps = tuple(_caps(results))
    value = min([raw, *(Fraction(limit) for limit, _ in caps)])
    return Score(
        raw=raw,
        upper=mean(area.upper for area in areas),
        assessed=mean(area.assessed for area in areas),
        settled=100 * sum((w * share for w, share in holding), Fraction(0)) / held if held else Fraction(0),
        value=value,
        caps=tuple(text for _, text in caps),
        areas=tuple(areas),
    )


def area_weight(name: str, weights: Mapping[str, float]) -> Fraction:
    """Weight of an area: the project's own, or the default."""
    return Fraction(str(weights.get(name, AREAS[name].weight)))


def area_score(name: str, results: Sequence[CheckResult], weights: Mapping[str, float]) -> AreaScore | None:
    """Compute the score of one area; None where nothing of it is in scope."""
    inside = [result for result in results if result.area == name and result.applies]
    total = sum(result.spec.severity.weight for result in inside)
    weight = area_weight(name, weights)
    if not total or not weight:
        return None

    def mean(values: Iterable[Fraction]) -> Fraction:
        pairs = zip(inside, values, strict=True)
        return sum((result.spec.severity.weight * value for result, value in pairs), Fraction(0)) / total

    return AreaScore(
        name=name,
        weight=weight,
        earned=mean(result.credit() for result in inside),
        upper=mean(result.credit(optimistic=True) for result in inside),
        assessed=mean(result.assessed for result in inside),
        settled=_settled(inside),
    )


def _settled(results: Iterable[CheckResult]) -> Fraction | None:
    """Return the share that was judged of what does not fail; None where all of it fails."""
    known = unknown = Fraction(0)
    for result in results:
        known += result.spec.severity.weight * (result.assessed - result.failing)
        unknown += result.spec.severity.weight * (1 - result.assessed)
    return known / (known + unknown) if known + unknown else None


def _caps(results: Sequence[CheckResult]) -> Iterable[tuple[int, str]]:
    """A check that somebody kept from being judged caps like one that failed: silence never pays."""
    alike: dict[tuple[int, bool], list[str]] = {}
    for result in sorted(results, key=lambda result: result.spec.id):
        severity = result.spec.severity
        bad = result.open or result.silent or (severity is Severity.BLOCKER and not result.proven)
        if result.applies and bad and severity in _CAPS:
            alike.setdefault((_CAPS[severity], not result.open), []).append(result.spec.id)
    for (limit, unproven), names in sorted(alike.items()):
        yield limit, f"{', '.join(names)} {_STATES[unproven][len(names) > 1]}: at most {limit}"


_CAPS = {Severity.BLOCKER: BLOCKER_CAP, Severity.HIGH: HIGH_CAP}
_STATES = {False: ("is an open failure", "are open failures"), True: ("is unproven", "are unproven")}
