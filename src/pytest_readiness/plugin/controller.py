"""The part of a run that owns it: servers, target, records, decision, report and exit status.

Scoring and report are imported when they are called: nothing waits for them before the server boots.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.catalogue import Catalogue, CatalogueError, Kind, read_catalogue
from pytest_readiness.plugin.context import Context
from pytest_readiness.plugin.items import RECORD, node_id
from pytest_readiness.plugin.marked import MarkedOutcomes, collect_marked, last_line, read_marks
from pytest_readiness.plugin.reporting import (
    describe_target,
    folder,
    load_baseline,
    load_settings,
    now,
    refusal_is_reported,
    save,
    tool,
    unfounded,
)
from pytest_readiness.plugin.whole_run import command_line, partial_reasons
from pytest_readiness.plugin.worker import DIRECTORY, Worker
from pytest_readiness.scoring.record import Record
from pytest_readiness.settings import SettingsError
from pytest_readiness.vocabulary import Severity, Status, unknown, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.judges.isolation.matrix import Matrix
    from pytest_readiness.run.prepare import Preparation
    from pytest_readiness.scoring.compare import Comparison
    from pytest_readiness.scoring.summary import Summary

_STYLES: dict[str, dict[str, bool]] = {
    "good": {"green": True, "bold": True},
    "bad": {"red": True, "bold": True},
    "warn": {"yellow": True, "bold": True},
    "dim": {"light": True},
    "paste": {"light": True},
    "bold": {"bold": True},
    "": {},
}
_ENDED = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED}


def register_controller(config: pytest.Config) -> None:
    """Read what the project declares, and begin to start its servers.

    Raises:
        UsageError: Settings, catalogue or files are at fault, or there is no server.
    """
    from pytest_readiness.providers.errors import ProviderError
    from pytest_readiness.run.prepare import Preparation
    from pytest_readiness.target.order import MissingFilesError

    baseline = load_baseline(config)
    try:
        settings = load_settings(config)
        catalogue = read_catalogue(settings)
        select = _select(config.option.readiness_select, catalogue)
        preparation = Preparation.begin(
            settings, config.option.readiness_seed, serve=not config.option.collectonly
        )
    except (SettingsError, CatalogueError, MissingFilesError, ProviderError) as error:
        raise pytest.UsageError(visible(str(error))) from None
    config.add_cleanup(preparation.end)
    context = Context(settings, catalogue, preparation.directory, select, config.option.readiness_with_tests)
    context.hand_over()
    collect_marked(config, context)
    partial = ", ".join(partial_reasons(config, command_line(config)))
    controller = Controller(config, context, preparation, partial, baseline)
    for name, plugin in (("readiness-controller", controller), ("readiness-worker", Worker(context))):
        if config.pluginmanager.register(plugin, name) is None:
            raise pytest.UsageError(f"-p no:{name} leaves nobody to run the checks")


def _select(text: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the globs of ids to run; one that selects nothing is a slip of the pen.

    Raises:
        UsageError: A glob selects nothing.
    """
    globs = tuple(part.strip() for part in text.split(",") if part.strip())
    ids = [declared.spec.id for declared in catalogue.checks]
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in ids):
            raise pytest.UsageError(
                f"--readiness-select={text}: no check has the id {glob}; see `pytest-readiness list`"
            )
    return globs


class Controller:
    """Owns a run, from its servers to its exit status."""

    def __init__(
        self,
        config: pytest.Config,
        context: Context,
        preparation: Preparation,
        partial: str,
        baseline: dict[str, Any] | None,
    ) -> None:
        self.config = config
        self.context = context
        self.preparation = preparation
        self.partial = partial
        self.baseline = baseline
        self.started_at = now()
        self._began = self._built_at = time.perf_counter()
        self._records: dict[str, Record] = {}
        self._missing: dict[str, str] = {}
        self._marked = MarkedOutcomes()
        self._checks = {node_id(c): c.spec.id for c in context.selected() if c.kind is not Kind.MARKED}
        self._uncollected: dict[Path, str] = {}
        self._failed_checks = 0
        self._reached_an_item = False
        self._internal_error = False
        self._interrupted = False
        self._report: dict[str, Any] | None = None
        self._path: Path | None = None

    @property
    def _collect_only(self) -> bool:
        return bool(self.config.option.collectonly)

    @property
    def ended(self) -> bool:
        """Whether what the run was to tell has been told: its report, or what there is to collect."""
        return self._report is not None or self._collect_only

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        """Build the target; xdist has sent its workers off by now, and they boot meanwhile."""
        if self._collect_only:
            return
        with refusal_is_reported(self.config):
            self._build()

    def _build(self) -> None:
        from pytest_readiness.providers.errors import ProviderError

        try:
            self.preparation.finish()
            self._built_at = time.perf_counter()
        except ProviderError as error:
            raise pytest.UsageError(visible(str(error))) from None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401  xdist's WorkerController
        """Tell a worker where the run is."""
        node.workerinput[DIRECTORY] = str(self.context.directory)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember why a file of marked tests could not be collected."""
        if report.failed:
            self._uncollected[self.config.rootpath / report.nodeid] = last_line(report.longrepr)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a check's record, or the outcome of a marked test."""
        self._reached_an_item = True
        text = getattr(report, RECORD, None)
        if text is not None:
            record = Record.of(json.loads(text))
            self._records[record.check] = record
            self._failed_checks += report.failed
        elif report.nodeid in self._checks:
            self._missing[self._checks[report.nodeid]] = "lost"
            self._failed_checks += report.failed
        else:
            self._marked.add(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Show unknown as what it is; what failed is told once, in the section below."""
        text = getattr(report, RECORD, None)
        if text is None:
            return None
        record = Record.of(json.loads(text))
        if report.passed:
            noted = any(finding.status is Status.FAILED for finding in record.findings)
            return ("to note", "i", "TO NOTE") if noted else None
        if report.failed:
            return "not ready", "F", "FAILED"
        absent = record.absent
        return ("not applicable", "-", "NOT APPLICABLE") if absent else ("unknown", "?", "UNKNOWN")

    def pytest_report_collectionfinish(self) -> str:
        """Say how many checks there are; they are no collected tests."""
        return f"readiness: {len(self.context.selected())} checks"

    def pytest_internalerror(self) -> None:
        """Remember it: xdist ends with status 0 after it has dropped a worker."""
        self._internal_error = True

    def pytest_keyboard_interrupt(self) -> None:
        """Remember it: ``pytest.exit`` can end a run with any status, 0 among them.

        Without a server no worker attacks on, and nobody waits for one that does.
        """
        self._interrupted = True
        self.preparation.interrupt()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Decide, report, and set the exit status."""
        if self._collect_only or self.preparation.built is None:
            return
        self.preparation.phases["checks"] = time.perf_counter() - self._built_at
        stopped = self._interrupted or self._internal_error or session.shouldstop or session.shouldfail
        complete = exitstatus in _ENDED and not stopped and self._reached_an_item
        summary = self._summarise(complete=complete)
        comparison = self._comparison(summary)
        gate = self._refusals(summary, comparison, complete=complete)
        matrix = self._matrix() if complete else None
        self._report = self._document(summary, gate, comparison, complete=complete, matrix=matrix)
        self._path = save(folder(self.config), self._report)
        if self._internal_error:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        elif self._interrupted and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.INTERRUPTED
        elif exitstatus in _ENDED:
            others = self.context.with_tests and session.testsfailed > self._failed_checks
            session.exitstatus = pytest.ExitCode.TESTS_FAILED if gate or others else pytest.ExitCode.OK

    def _summarise(self, *, complete: bool) -> Summary:
        from pytest_readiness.scoring.decision import Completeness
        from pytest_readiness.scoring.declared import NOT_SELECTED
        from pytest_readiness.scoring.summary import summarise

        with self.preparation.phase("score"):
            records = self._records | {record.check: record for record in self._marked_records()}
            selected = {declared.spec.id for declared in self.context.selected()}
            missing = {
                declared.spec.id: NOT_SELECTED
                for declared in self.context.catalogue.checks
                if declared.spec.id not in selected
            }
            return summarise(
                self.context.catalogue,
                records,
                missing | self._missing,
                self.context.settings,
                Completeness(
                    complete, self.partial, has_database=True, unfounded=unfounded(self.context.settings)
                ),
                dt.datetime.now(dt.UTC).date(),
            )

    def _marked_records(self) -> Iterator[Record]:
        marks = read_marks(self.context.directory)
        yield from self._marked.records(marks)
        noted = {mark.check for mark in marks.values()}
        for declared in self.context.selected():
            name, why = declared.spec.id, self._uncollected.get(declared.path or Path())
            if declared.kind is Kind.MARKED and name not in noted and why:
                yield Record(
                    name, (unknown(name, f"its file could not be collected: {why}", reason="error"),)
                )

    def _comparison(self, summary: Summary) -> Comparison | None:
        from pytest_readiness.scoring.compare import compare

        if self.baseline is None:
            return None
        return compare(self.baseline, self._document(summary, (), None, complete=True))

    def _refusals(
        self, summary: Summary, comparison: Comparison | None, *, complete: bool
    ) -> tuple[str, ...]:
        from pytest_readiness.scoring.gate import refusals
        from pytest_readiness.scoring.result import Outcome

        if not complete:
            return ("the run did not come to its end",)
        if not self.context.select:
            return refusals(self.context.settings.gate, summary.decided.value, summary.score.raw, comparison)
        selected = {declared.spec.id for declared in self.context.selected()}
        bad = {Outcome.FAILED, Outcome.UNKNOWN}
        return tuple(
            f"{result.spec.id} is {result.outcome.value}"
            for result in summary.results
            if result.spec.id in selected
            and result.outcome in bad
            and result.spec.severity is not Severity.INFO
        )

    def _matrix(self) -> Matrix | None:
        """Return the isolation matrix of what the processes of the run have gathered."""
        from pytest_readiness.run.matrix import isolation_matrix
        from pytest_readiness.run.prepare import open_store

        with self.preparation.phase("matrix"), self.preparation.target() as target:
            return isolation_matrix(open_store(target, self.preparation.directory))

    def _document(
        self,
        summary: Summary,
        gate: tuple[str, ...],
        comparison: Comparison | None,
        *,
        complete: bool,
        matrix: Matrix | None = None,
    ) -> dict[str, Any]:
        from pytest_readiness.report.document import document

        settings = self.context.settings
        return document(
            summary,
            tool=tool(),
            target=describe_target(settings, self.preparation),
            run={
                "started_at": self.started_at,
                "duration_s": round(time.perf_counter() - self._began, 3),
                "phases_s": {name: round(took, 3) for name, took in self.preparation.phases.items()},
                "seed": self.preparation.seed,
                "complete": complete,
                "partial": self.partial or None,
                "settings_sha256": settings.digest,
                "catalogue_sha256": self.context.catalogue.digest,
                "target_sha256": self.preparation.built.digest if self.preparation.built else None,
            },
            gate=gate,
            comparison=comparison,
            weights=settings.weights,
            matrix=matrix,
        )

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:  # noqa: ANN401  pytest's private class
        """Print the decision, what it rests on, and where the report is."""
        from pytest_readiness.report.terminal import closing, lines

        if self._report is None:
            return
        terminalreporter.section("readiness", "=")
        width = terminalreporter._tw.fullwidth if terminalreporter.isatty else 0  # noqa: SLF001  no other tells it
        for style, text in lines(self._report, width):
            terminalreporter.write_line(text, **_STYLES[style])
        phases = ", ".join(f"{name} {took:.2f} s" for name, took in self.preparation.phases.items())
        terminalreporter.write_line(f"phases: {phases}", light=True)
        terminalreporter.write_line(f"report: {self._path}")
        style, text = closing(self._report)
        terminalreporter.write_line(text, **_STYLES[style])
