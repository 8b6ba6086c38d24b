"""Tests of the project that carry the marker: which they are, and what became of them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.catalogue import Catalogue, Kind
from pytest_readiness.scoring.record import Record
from pytest_readiness.vocabulary import Finding, Strength, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pytest_readiness.plugin.context import Context

_FILE = "marks.json"
_WORST = ("failed", "error", "lost", "flaky", "xfailed", "skipped", "passed")
"""What may be told of a test, worst first. All but the first and the last mean unknown."""


def marked_files(catalogue: Catalogue) -> frozenset[Path]:
    """Return the files that hold marked tests."""
    return frozenset(c.path for c in catalogue.checks if c.kind is Kind.MARKED and c.path)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a marked test counts for: a check, and the test's own name in it."""

    check: str
    subject: str


class Marks:
    """The marked tests, noted as each is collected: a later hook may drop one, and it still counts."""

    def __init__(self, context: Context) -> None:
        self._files = {
            declared.spec.id: declared.path
            for declared in context.selected()
            if declared.kind is Kind.MARKED and declared.path
        }
        self._root = context.settings.root
        self._noted: dict[pytest.Item, Mark] = {}

    def note(self, item: pytest.Item) -> None:
        """Note an item that the catalogue knows; no other test speaks for a check, whatever it carries."""
        for marker in item.iter_markers("readiness"):
            name = str(marker.kwargs.get("id", ""))
            if self._files.get(name) == item.path:
                self._noted[item] = Mark(name, self._subject(item))
                return

    def _subject(self, item: pytest.Item) -> str:
        """Name a test by its path from the settings: where pytest's rootdir is depends on the command."""
        _, separator, rest = item.nodeid.partition("::")
        return f"{item.path.relative_to(self._root).as_posix()}{separator}{rest}"

    def __contains__(self, item: pytest.Item) -> bool:
        return item in self._noted

    def leave(self, directory: Path) -> None:
        """Write them where the controller finds them even if this process dies."""
        path = directory / _FILE
        partial = path.with_suffix(f".{os.getpid()}")
        found = {item.nodeid: (mark.check, mark.subject) for item, mark in self._noted.items()}
        partial.write_text(json.dumps(found), encoding="utf-8")
        partial.replace(path)


def read_marks(directory: Path) -> dict[str, Mark]:
    """Return the marked tests that the workers collected, by node id."""
    path = directory / _FILE
    found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {node: Mark(*mark) for node, mark in found.items()}


def collect_marked(config: pytest.Config, context: Context) -> None:
    """Collect files of marked tests wherever they are, and nothing else, in place of ``testpaths``."""
    files = [str(path) for path in sorted(marked_files(context.catalogue))]
    given = config.args_source is pytest.Config.ArgsSource.ARGS
    if context.with_tests:
        config.args = [*config.args, *([] if given else files)]
    elif not given:
        config.args = files or [str(config.rootpath)]


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

    def records(self, marks: Mapping[str, Mark]) -> Iterator[Record]:
        """Return a record for each check that has marked tests.

        Args:
            marks: What each test counts for, by node id, as the workers told.
        """
        for check in sorted({mark.check for mark in marks.values()}):
            findings = {
                mark.subject: self._finding(node, mark.subject)
                for node, mark in sorted(marks.items())
                if mark.check == check
            }
            yield Record(check, tuple(findings.values()), Strength.ATTACKED)

    def _finding(self, node: str, subject: str) -> Finding:
        seen = self._seen.get(node, [])
        said = self._said.get(node, "")
        if node not in self._finished and "failed" not in seen:
            reason = "lost" if seen else "not run"
            return unknown(subject, said or "it did not come to its end", reason=reason)
        worst = min(seen, key=_WORST.index)
        if worst == "passed":
            return passed(subject)
        if worst == "failed":
            return failed(subject, said, reproduce=f'pytest "{subject}"')
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
    return last_line(report.longrepr)


def last_line(text: object) -> str:
    """Return the last line of a traceback, which says what went wrong."""
    lines = str(text or "").strip().splitlines()
    return lines[-1].removeprefix("E ").strip() if lines else ""
