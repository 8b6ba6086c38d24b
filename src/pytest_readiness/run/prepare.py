"""Servers up and target built: what every check of a run shares."""

from __future__ import annotations

import contextlib
import pickle
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.providers.given import redacted
from pytest_readiness.run.directory import RunDirectory
from pytest_readiness.settings import GivenServer
from pytest_readiness.target.build import Built, Files, build, project_files
from pytest_readiness.target.clones import Stock
from pytest_readiness.target.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pytest_readiness.gather.store import Gatherer, Store
    from pytest_readiness.providers.postgres import Booting, PostgresServer
    from pytest_readiness.settings import Settings

_AHEAD = 2
"""Copies that the checks of this version are known to need: one for each shard that writes."""


@dataclass
class Preparation:
    """A run's servers and target, in the process that owns them.

    Attributes:
        run_directory: Private, and gone when the run is.
        phases: Seconds that each phase took, in order.
    """

    settings: Settings
    files: Files
    run_directory: RunDirectory
    run_id: str
    seed: int = 0
    booting: Booting | None = None
    server: PostgresServer | None = None
    built: Built | None = None
    phases: dict[str, float] = field(default_factory=dict)
    _ahead: threading.Thread | None = None

    @property
    def directory(self) -> Path:
        """Path of the run directory."""
        return self.run_directory.path

    @classmethod
    def begin(cls, settings: Settings, seed: int = 0, *, serve: bool = True) -> Preparation:
        """Check the project's files and start the server; return before it is ready.

        Args:
            settings: Of the project.
            seed: What synthetic values derive from.
            serve: Whether to start a server at all; without one, nothing can be finished.

        Raises:
            MissingFilesError: Settings name files that do not exist.
            ProviderError: There is no server, or the given one may not be used.
        """
        from pytest_readiness.providers.postgres import launch

        _require_disposable(settings)
        files = project_files(settings)
        run_id = secrets.token_hex(4)
        preparation = cls(settings, files, RunDirectory(), run_id, seed)
        if not serve:
            return preparation
        try:
            with preparation.phase("server"):
                preparation.booting = launch(settings.postgres, run_id=run_id)
        except BaseException:
            preparation.end()
            raise
        return preparation

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time of a block to a phase."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0.0) + time.perf_counter() - started

    def finish(self) -> Built:
        """Wait for the server, build the target, and let other processes know of it.

        Raises:
            ProviderError: The server does not answer, or refuses what the target is built with.
        """
        if self.booting is None:
            raise RuntimeError("the preparation has ended")
        with self.phase("server"):
            import psycopg  # loaded while the server boots

            self.server = self.booting.wait()
        with self.phase("target"):
            try:
                self.built = build(self.settings, self.files, self.server, self.run_id)
            except psycopg.Error as error:
                self.server.require_alive()
                raise ProviderError(
                    f"building the target in PostgreSQL {self.server.version}",
                    redacted(str(error)).strip(),
                    "see what the server refused; variables of the environment that libpq reads, such as "
                    "PGSERVICE, count here too",
                ) from error
        partial = self.directory / "target.partial"
        partial.write_bytes(pickle.dumps((self.built, self.seed)))
        partial.rename(self.directory / "target")
        self._ahead = threading.Thread(target=self._clone_ahead, daemon=True)
        self._ahead.start()
        return self.built

    def _clone_ahead(self) -> None:
        import psycopg

        if self.server is None or self.built is None or self.built.stopped:
            return
        with contextlib.suppress(psycopg.Error), psycopg.connect(self.server.admin, autocommit=True) as admin:
            Stock(self.directory, self.built.template).fill(admin, _AHEAD)

    def target(self) -> Target:
        """Return the target for use in this process."""
        if self.built is None:
            raise RuntimeError("the target is not built")
        return Target(self.settings, self.built, self.directory, self.seed)

    def interrupt(self) -> None:
        """Stop a server of ours at once, and with it whatever still attacks it, here or in a worker."""
        if self.server is not None and self.server.ours:
            self.server.stop()

    def end(self) -> None:
        """Stop the servers and remove the run directory; harmless when repeated."""
        booting, self.booting = self.booting, None
        if self.server is not None:
            self.server.stop()
        elif booting is not None:
            booting.stop()
        if self._ahead is not None:
            self._ahead.join(timeout=5)
        self.run_directory.remove()


def _require_disposable(settings: Settings) -> None:
    """Refuse to attack a server that nobody gave up.

    Raises:
        ProviderError: Settings give a server without calling it disposable.
    """
    if isinstance(settings.postgres, GivenServer) and not settings.postgres.disposable:
        raise ProviderError(
            "the given PostgreSQL server",
            "settings do not call it disposable, and the checks attack what they are given",
            "postgres = { url = …, disposable = true } for a server that may be written to, or "
            'postgres = "embedded"',
        )


def await_target(settings: Settings, directory: Path, limit_s: float = 300.0) -> Target:
    """Return the target that another process of the run builds.

    Raises:
        TimeoutError: It was not built in time.
    """
    deadline = time.monotonic() + limit_s
    path = directory / "target"
    while not path.exists():
        if time.monotonic() > deadline or not directory.exists():
            raise TimeoutError(f"the target was not built within {limit_s:g} s")
        time.sleep(0.005)
    built, seed = pickle.loads(path.read_bytes())  # noqa: S301  the run's own private directory
    return Target(settings, built, directory, seed)


def open_store(target: Target, directory: Path, own: Iterable[Gatherer] = ()) -> Store:
    """Return the run's evidence: what this project's checks bring, and what is built in."""
    from pytest_readiness.gather.gatherers import built_in_gatherers
    from pytest_readiness.gather.store import Store

    return Store(directory, target, [*built_in_gatherers(), *own])
