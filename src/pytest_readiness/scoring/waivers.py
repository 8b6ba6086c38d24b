"""Waivers: accepted findings. They lift a cap, earn nothing, and end on a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_readiness.vocabulary import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.scoring.result import CheckResult, Judged
    from pytest_readiness.settings import Waiver


LONGEST_DAYS = 366
"""From today: what is waived for longer is not accepted until a day, but for good."""


@dataclass(frozen=True, slots=True)
class Waived:
    """Results with the waivers in force applied, and what is wrong with the others."""

    results: tuple[CheckResult, ...]
    errors: tuple[str, ...]


def apply_waivers(results: Sequence[CheckResult], waivers: Sequence[Waiver], today: dt.date) -> Waived:
    """Mark the findings that a waiver covers.

    A waiver covers failed and unknown findings, through the day it expires. One that has
    expired, ends too late, names no check, or covers nothing but passes is an error to be listed.
    """
    errors = [text for waiver in waivers if (text := _error(waiver, results, today))]
    in_force = [waiver for waiver in waivers if today <= waiver.expires <= _last(today)]
    return Waived(tuple(_waive(result, in_force) for result in results), tuple(errors))


def _last(today: dt.date) -> dt.date:
    return today + dt.timedelta(days=LONGEST_DAYS)


def _covers(waiver: Waiver, result: CheckResult, judged: Judged) -> bool:
    return (
        waiver.check == result.spec.id
        and judged.finding.status is not Status.PASSED
        and fnmatchcase(judged.finding.subject, waiver.subject)
    )


def _waive(result: CheckResult, waivers: Sequence[Waiver]) -> CheckResult:
    def judge(judged: Judged) -> Judged:
        covering = next((w for w in waivers if _covers(w, result, judged)), None)
        if covering is None:
            return judged
        until = f"{covering.reason} ({covering.owner}, until {covering.expires.isoformat()})"
        return replace(judged, waived=until)

    return replace(result, findings=tuple(judge(judged) for judged in result.findings))


def _error(waiver: Waiver, results: Sequence[CheckResult], today: dt.date) -> str:
    name = f"waiver of {waiver.check} for {waiver.subject}"
    result = next((result for result in results if result.spec.id == waiver.check), None)
    if result is None:
        return f"{name}: there is no check with this id"
    if waiver.expires < today:
        return f"{name}: expired on {waiver.expires.isoformat()}"
    if waiver.expires > _last(today):
        return (
            f"{name}: it ends on {waiver.expires.isoformat()}, over {LONGEST_DAYS} days from today, and is "
            f"not in force; name a day until {_last(today).isoformat()}"
        )
    if result.findings and not any(_covers(waiver, result, judged) for judged in result.findings):
        return f"{name}: it waives nothing that fails or is unknown; delete it"
    return ""
