"""What changed since an earlier report, finding by finding."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from pytest_readiness.vocabulary import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Change(Enum):
    """How a finding differs from the baseline's."""

    FIXED = "fixed"
    BROKEN = "broken"
    LOST_EVIDENCE = "lost evidence"
    ADDED = "added"
    REMOVED = "removed"
    GONE = "gone"
    WAIVER_EXPIRED = "waiver expired"
    SCOPE_CHANGED = "scope changed"


REGRESSIONS = {Change.BROKEN, Change.LOST_EVIDENCE, Change.REMOVED, Change.WAIVER_EXPIRED}


@dataclass(frozen=True, slots=True)
class Delta:
    """One difference.

    Attributes:
        subject: Empty when the whole check came or went.
        noted: Whether the check only notes: nothing that it says fails a run.
    """

    change: Change
    check: str
    subject: str = ""
    noted: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences."""

    deltas: tuple[Delta, ...]

    @property
    def regressions(self) -> tuple[Delta, ...]:
        """The differences that a gate refuses."""
        return tuple(delta for delta in self.deltas if delta.change in REGRESSIONS and not delta.noted)


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Compare two reports in the form of ``readiness.json``."""
    before = {check["id"]: check for check in old["checks"]}
    after = {check["id"]: check for check in new["checks"]}
    deltas = [
        Delta(Change.REMOVED, name, noted=_notes(before[name])) for name in before.keys() - after.keys()
    ]
    deltas += [Delta(Change.ADDED, name) for name in after.keys() - before.keys()]
    there = _objects(new)
    for name in before.keys() & after.keys():
        found = _check(name, before[name], after[name], there)
        deltas += [replace(delta, noted=_notes(after[name])) for delta in found]
    return Comparison(tuple(sorted(deltas, key=lambda d: (d.change.value, d.check, d.subject))))


def _notes(check: Mapping[str, Any]) -> bool:
    return bool(check["severity"] == Severity.INFO.value)


def _objects(report: Mapping[str, Any]) -> set[str]:
    """Return all that a report speaks of: the subjects of its checks, and the relations of its matrix."""
    matrix = report.get("isolation_matrix") or {"relations": []}
    subjects = {finding["subject"] for check in report["checks"] for finding in check["findings"]}
    return subjects | {row["relation"] for row in matrix["relations"]}


def _check(name: str, old: Mapping[str, Any], new: Mapping[str, Any], there: set[str]) -> list[Delta]:
    was, now = old["outcome"] == "not_applicable", new["outcome"] == "not_applicable"
    if was != now:
        return [Delta(Change.SCOPE_CHANGED, name)]
    if old["findings"] and not new["findings"]:
        return [Delta(Change.LOST_EVIDENCE, name)]
    before = {finding["subject"]: finding for finding in old["findings"]}
    after = {finding["subject"]: finding for finding in new["findings"]}
    changes = (
        (subject, _finding(before.get(subject), after.get(subject), there=subject in there))
        for subject in before.keys() | after.keys()
    )
    return [Delta(change, name, subject) for subject, change in changes if change is not None]


def _finding(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, *, there: bool) -> Change | None:
    if old is None or new is None:
        return _came_or_went(old, new, there=there)
    if old["waived"] and not new["waived"] and new["status"] != "passed":
        return Change.WAIVER_EXPIRED
    if old["status"] == new["status"]:
        return None
    if new["status"] == "passed":
        return Change.FIXED
    return Change.BROKEN if new["status"] == "failed" else Change.LOST_EVIDENCE


def _came_or_went(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, *, there: bool
) -> Change | None:
    """A subject that is gone took its failure with it; one that is new may already be broken.

    What passed and is no longer judged has lost its guarantee, unless the object itself is gone.
    """
    if new is not None:
        return Change.BROKEN if new["status"] == "failed" else Change.ADDED
    if old is not None and old["status"] == "failed":
        return Change.FIXED
    return Change.REMOVED if there and old is not None and old["status"] == "passed" else Change.GONE
