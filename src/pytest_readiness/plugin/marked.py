"""Tests of the project that carry the marker: which they are, and what became of them."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.catalogue import Catalogue, Kind
from pytest_readiness.scoring.record import Record
from pytest_readiness.vocabulary import Finding, Strength, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_WORST = ("failed", "error", "lost", "flaky", "xfailed", "skipped", "passed")
"""What may be told of a test, worst first. All but the first and the last mean unknown."""


def marked_files(catalogue: Catalogue) -> frozenset[Path]:
    """Return the files that hold marked tests."""
    return frozenset(c.path for c in catalogue.checks if c.kind is Kind.MARKED and c.path)


def marks(items: Iterable[pytest.Item]) -> dict[str, str]:
    """Return the id of the check that each marked item belongs to, by node id."""
    found = {}
    for item in items:
        marker = item.get_closest_marker("readiness")
        if marker is not None and "id" in marker.kwargs:
            found[item.nodeid] = str(marker.kwargs["id"])
    return found


def collect_hidden(path: Path, parent: pytest.Collector, wanted: frozenset[Path]) -> pytest.Module | None:
    """Collect a file of marked tests that the project's ``python_files`` would hide."""
    patterns = parent.config.getini("python_files")
    if path not in wanted or any(fnmatch(path.name, p) or fnmatch(str(path), p) for p in patterns):
        return None
    if parent.session.isinitpath(path):
        return None
    return pytest.Module.from_parent(parent, path=path)


class MarkedOutcomes:
    """The worst that was seen of each marked test, over its phases, subtests and reruns."""

    def __init__(self) -> None:
        self._seen: dict[str, list[str]] = {}
        self._said: dict[str, str] = {}
        self._finished: set[str] = set()

    def add(self, report: Any) -> None:  # noqa: ANN401  TestReport, SubtestReport or one made up by xdist
        """Take a report of any test."""
        outcome = _outcome(report)
        self._seen.setdefault(report.nodeid, []).append(outcome)
        if outcome != "passed":
            self._said.setdefault(report.nodeid, _message(report))
        if report.when == "teardown":
            self._finished.add(report.nodeid)

    def records(self, ids: dict[str, str], collected: Sequence[str]) -> Iterator[Record]:
        """Return a record for each check that has marked tests.

        Args:
            ids: Check of each marked node id, as the workers told.
            collected: All node ids that were to run.
        """
        for check in sorted(set(ids.values())):
            nodes = [node for node in collected if ids.get(node) == check]
            findings = tuple(self._finding(node) for node in nodes)
            if findings:
                yield Record(check, findings, Strength.ATTACKED)

    def _finding(self, node: str) -> Finding:
        subject = node
        seen = self._seen.get(node, [])
        if node not in self._finished and "failed" not in seen:
            return unknown(subject, "it did not come to its end", reason="lost" if seen else "not run")
        worst = min(seen, key=_WORST.index)
        said = self._said.get(node, "")
        if worst == "passed":
            return passed(subject)
        if worst == "failed":
            return failed(subject, said, reproduce=f'pytest "{node}"')
        return unknown(subject, said or f"it was {worst}", reason=worst)


def _outcome(report: Any) -> str:  # noqa: ANN401  see MarkedOutcomes.add
    if report.outcome == "rerun":
        return "flaky"
    if hasattr(report, "wasxfail"):
        return "xfailed"
    if report.outcome == "failed":
        if report.when in {"setup", "teardown"}:
            return "error"
        return "lost" if report.when == "???" else "failed"
    return str(report.outcome)


def _message(report: Any) -> str:  # noqa: ANN401  see MarkedOutcomes.add
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message).split("\n")[0]
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    lines = str(report.longrepr or "").strip().splitlines()
    return lines[-1] if lines else ""


def plain_properties(report: pytest.TestReport) -> None:
    """Turn a report's properties into built-in types.

    pytest-xdist drops a worker whose report it cannot serialise, and the failing test with it.
    """
    report.user_properties = [(str(name), _plain(value)) for name, value in report.user_properties]


def _plain(value: object) -> object:
    if value is None or type(value) in {bool, int, float, str}:
        return value
    try:
        return json.loads(json.dumps(value, default=str))
    except (TypeError, ValueError):
        return str(value)
