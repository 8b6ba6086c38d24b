"""The part of a run that collects and evaluates: in each xdist worker, or in the only process."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.catalogue import Declared, Kind
from pytest_readiness.plugin.context import Context, taken_over
from pytest_readiness.plugin.items import ReadinessItem, run
from pytest_readiness.plugin.marked import collect_hidden, marked_files, marks, plain_properties
from pytest_readiness.run.evaluate import evaluate, project_gatherers
from pytest_readiness.run.prepare import await_target, open_store

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_readiness.gather.store import Store
    from pytest_readiness.scoring.record import Record
    from pytest_readiness.target.target import Target

DIRECTORY = "readiness_directory"
"""Key of the worker's input that holds the run directory."""

MARKS = "marks.json"


def register_worker(config: pytest.Config) -> None:
    """Join the run that the controller began."""
    directory = getattr(config, "workerinput", {}).get(DIRECTORY)
    if directory:
        config.pluginmanager.register(Worker(taken_over(Path(directory))), "readiness-worker")


class Worker:
    """Collects the checks as items and evaluates them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._wanted = marked_files(context.catalogue)
        self._folders = {folder for path in self._wanted for folder in path.parents}
        self._target: Target | None = None
        self._store: Store | None = None

    @property
    def target(self) -> Target:
        """The built target; waits until it is."""
        if self._target is None:
            self._target = await_target(self.context.settings, self.context.directory)
        return self._target

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave the project's other tests alone, unless they were asked for."""
        if self.context.with_tests:
            return None
        return (collection_path not in self._wanted and collection_path not in self._folders) or None

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
        """Find marked tests that the project's ini hides."""
        return collect_hidden(file_path, parent, self._wanted)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Put the checks first: no test of the project has then touched the process."""
        ids = marks(items)
        selected = {declared.spec.id: declared for declared in self.context.selected()}
        checks: list[pytest.Item] = [
            ReadinessItem.make(session, declared)
            for declared in selected.values()
            if declared.kind is not Kind.MARKED
        ]
        tests = items if self.context.with_tests else [i for i in items if ids.get(i.nodeid) in selected]
        self._tell({node: check for node, check in ids.items() if check in selected})
        items[:] = [*checks, *tests]

    def _tell(self, ids: dict[str, str]) -> None:
        """Leave the ids of marked tests where the controller finds them even if this worker dies."""
        path = self.context.directory / MARKS
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(ids), encoding="utf-8")
        partial.replace(path)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Run a check by our own protocol; leave tests to pytest."""
        if not isinstance(item, ReadinessItem):
            return None
        run(item, self._evaluate)
        return True

    def _evaluate(self, declared: Declared) -> Record:
        if self._store is None:
            settings = self.context.settings
            own = project_gatherers(settings.root, settings.checks)
            self._store = open_store(self.target, self.context.directory, own)
        return evaluate(declared, self.target, self._store)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """See to it that no report is lost on its way to the controller."""
        report = yield
        plain_properties(report)
        return report

    def pytest_unconfigure(self) -> None:
        """Close the connections of this process."""
        if self._target is not None:
            self._target.close()
