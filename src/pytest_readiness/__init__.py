"""Measure whether a backend may go to production: attack it, judge the evidence, decide.

The names below are all that a project's own check needs. They are loaded when they are first
used, since this package is imported by every pytest run that has the plugin installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.gather.store import Shard
    from pytest_readiness.target.replaying import replay
    from pytest_readiness.target.target import Target
    from pytest_readiness.vocabulary import (
        Category,
        Damage,
        Finding,
        Severity,
        Status,
        Strength,
        check,
        failed,
        gatherer,
        passed,
        unknown,
    )

_HOME = {
    "Category": "vocabulary",
    "Damage": "vocabulary",
    "Finding": "vocabulary",
    "Severity": "vocabulary",
    "Shard": "gather.store",
    "Status": "vocabulary",
    "Strength": "vocabulary",
    "Target": "target.target",
    "check": "vocabulary",
    "failed": "vocabulary",
    "gatherer": "vocabulary",
    "passed": "vocabulary",
    "replay": "target.replaying",
    "unknown": "vocabulary",
}

__all__ = [
    "Category",
    "Damage",
    "Finding",
    "Severity",
    "Shard",
    "Status",
    "Strength",
    "Target",
    "check",
    "failed",
    "gatherer",
    "passed",
    "replay",
    "unknown",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
