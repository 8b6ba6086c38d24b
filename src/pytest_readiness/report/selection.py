"""What a report shows of a run for which checks were selected: these, and nothing of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.scoring.declared import NOT_SELECTED

if TYPE_CHECKING:
    from collections.abc import Mapping


def is_selection(report: Mapping[str, Any]) -> bool:
    """Whether the run was asked for some checks only, so that score, plan and scope say nothing."""
    return any(check["reason"] == NOT_SELECTED for check in report["checks"])


def judged_checks(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the checks that the run was to judge."""
    return [check for check in report["checks"] if check["reason"] != NOT_SELECTED]
