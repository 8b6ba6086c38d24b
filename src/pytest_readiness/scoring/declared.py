"""What settings declare not applicable: a reason for what is not there, and never a way past what is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.scoring.result import CheckResult
    from pytest_readiness.settings import NotApplicable

NOT_SELECTED = "not selected"
"""Why a check has no record that the person left out: nothing can be said of it."""


@dataclass(frozen=True, slots=True)
class Declarations:
    """Results with the declarations in force applied, and what is wrong with the others."""

    results: tuple[CheckResult, ...]
    errors: tuple[str, ...]
    in_force: tuple[NotApplicable, ...] = ()


def apply_declarations(results: Sequence[CheckResult], declared: Sequence[NotApplicable]) -> Declarations:
    """Take out of the scope what is declared and was seen to have nothing to judge.

    A check that judged any subject, or that nobody let look, counts as it does without the declaration:
    silence never raises a score. Such a declaration, and one that names no check, is an error to be listed.
    """
    errors = [text for item in declared if (text := _error(item, results))]
    in_force = tuple(item for item in declared if not _error(item, results))
    return Declarations(tuple(_without(result, in_force) for result in results), tuple(errors), in_force)


def _names(item: NotApplicable, result: CheckResult) -> bool:
    return item.check == result.spec.id or (bool(item.area) and item.area == result.area)


def _looked(result: CheckResult) -> bool:
    """Whether its evidence was there, and held nothing for it."""
    return bool(result.absent) or (result.strength is not None and not result.findings)


def _without(result: CheckResult, declared: Sequence[NotApplicable]) -> CheckResult:
    reason = next((item.reason for item in declared if _names(item, result)), "")
    return replace(result, not_applicable=reason) if reason and _looked(result) else result


def _error(item: NotApplicable, results: Sequence[CheckResult]) -> str:
    name = item.area or item.check
    inside = [result for result in results if _names(item, result)]
    if item.check and not inside:
        return f"{name} is declared not applicable, and there is no check with this id"
    against = [result for result in inside if not _looked(result)]
    ran = ", ".join(result.spec.id for result in against if result.strength)
    if ran:
        return f"{name} is declared not applicable, and the target has it ({ran} ran)"
    unseen = ", ".join(result.spec.id for result in against if not _left_out(result))
    if unseen:
        return f"{name} is declared not applicable, and nothing shows it: {unseen} did not come to judge"
    return ""


def _left_out(result: CheckResult) -> bool:
    return any(judged.finding.reason == NOT_SELECTED for judged in result.findings)
