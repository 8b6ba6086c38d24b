"""The part of a run that collects and evaluates: in each xdist worker, or in the only process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.catalogue import Kind
from pytest_readiness.plugin.context import Context, taken_over
from pytest_readiness.plugin.items import OwnProtocol, ReadinessItem
from pytest_readiness.plugin.marked import Marks, collect_hidden, collect_marked, marked_files
from pytest_readiness.plugin.transport import plain

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_readiness.catalogue import Declared
    from pytest_readiness.gather.store import Store
    from pytest_readiness.scoring.record import Record
    from pytest_readiness.target.target import Target

DIRECTORY = "readiness_directory"
"""Key of the worker's input that holds the run directory."""


def register_worker(config: pytest.Config) -> None:
    """Join the run that the controller began."""
    directory = getattr(config, "workerinput", {}).get(DIRECTORY)
    if directory:
        context = taken_over(Path(directory))
        collect_marked(config, context)
        config.pluginmanager.register(Worker(context), "readiness-worker")


class Worker:
    """Collects the checks as items and evaluates them."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._marks = Marks(context)
        self._wanted = marked_files(context.catalogue)
        self._folders = {folder for path in self._wanted for folder in path.parents}
        self._target: Target | None = None
        self._store: Store | None = None

    @property
    def target(self) -> Target:
        """The built target; waits until it is."""
        from pytest_readiness.run.prepare import await_target

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

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Note what a marked test counts for, before a hook of the project can drop it."""
        self._marks.note(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Put the checks first, now that no hook on collected items comes any more.

        No test of the project has touched the process when they run.
        """
        self._marks.leave(self.context.directory)
        checks = [
            ReadinessItem.make(session, declared)
            for declared in self.context.selected()
            if declared.kind is not Kind.MARKED
        ]
        tests = [item for item in session.items if self.context.with_tests or item in self._marks]
        session.items[:] = [*checks, *tests]
        hooks = vars(session.config.hook)
        hooks["pytest_runtest_protocol"] = OwnProtocol(hooks["pytest_runtest_protocol"], self._evaluate)

    def _evaluate(self, declared: Declared) -> Record:
        from pytest_readiness.run.evaluate import evaluate, project_gatherers
        from pytest_readiness.run.prepare import open_store

        if self._store is None:
            settings = self.context.settings
            own = project_gatherers(settings.root, settings.checks)
            self._store = open_store(self.target, self.context.directory, own)
        return evaluate(declared, self.target, self._store)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_to_serializable(self) -> Generator[None, object, object]:
        """See to it that no report is lost on its way to the controller."""
        return plain((yield))

    def pytest_unconfigure(self) -> None:
        """Close the connections of this process."""
        if self._target is not None:
            self._target.close()
