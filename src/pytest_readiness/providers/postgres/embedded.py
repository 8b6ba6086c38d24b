"""PostgreSQL from a wheel, started for the run."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from pytest_readiness.providers import directories, process
from pytest_readiness.providers.errors import Attempt, NoProviderError, ProviderError
from pytest_readiness.providers.postgres.cluster import SUPERUSER, template_of
from pytest_readiness.providers.postgres.server import PostgresServer, socket_conninfo
from pytest_readiness.providers.postgres.tree import tree_of
from pytest_readiness.providers.postgres.wheels import WHEELS

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_readiness.providers.postgres.tree import Tree

_ROOM = 150 * directories.MIB
"""A data directory of 30 MiB, and about ten databases of 8 MiB."""

_INSTALL = "pip install 'pytest-readiness[embedded]'"

# Nothing is worth keeping after a crash, and nobody but this run connects. Shared memory as files
# of the data directory: they go with it even when the server is killed, and need no /dev/shm.
_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "shared_buffers": "32MB",
    "dynamic_shared_memory_type": "mmap",
    "max_connections": "100",
    "max_locks_per_transaction": "512",
    # What a query of the target's that does not end spills would fill the memory of the machine.
    "temp_file_limit": "512MB",
    "autovacuum": "off",
    "jit": "off",
}


class Embedded:
    """A server from a wheel, between `launch` and `wait`."""

    def __init__(self, tree: Tree, directory: Path, child: process.Child) -> None:
        self._tree = tree
        self._directory = directory
        self._child = child

    def wait(self) -> PostgresServer:
        """Block until it answers.

        Raises:
            ProviderError: It ended instead; with the end of its log, and nothing left behind.
        """
        try:
            self._child.wait(self._ready)
        except BaseException:
            self.stop()
            raise
        return PostgresServer(
            provider=f"embedded ({self._tree.release})",
            version=self._tree.version,
            admin=socket_conninfo(self._directory, SUPERUSER, "postgres"),
            stand_ins=self._tree.stand_ins,
            directory=self._directory,
            running=self._child.running,
            stopping=self.stop,
        )

    def stop(self) -> None:
        """End it and remove its directory."""
        self._child.stop()

    def _ready(self) -> bool:
        try:
            lines = (self._directory / "data" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[7:8] != [] and lines[7].strip() == "ready"


def launch() -> Embedded:
    """Start a server and return before it answers.

    Raises:
        NoProviderError: No wheel brings one that runs here.
        ProviderError: It cannot be started.
    """
    drop = process.account()
    uid = drop.uid if drop else None
    tree, template = _programs(directories.cache(uid), drop)
    directory = directories.run_directory(_ROOM, uid)
    options = [word for name, value in _OPTIONS.items() for word in ("-c", f"{name}={value}")]
    what = process.Launch(
        name=f"PostgreSQL {tree.version}",
        command=[
            tree.path / "bin" / "postgres",
            *("-D", str(directory / "data"), "-k", str(directory), "-p", "5432", "-h", "", *options),
        ],
        directory=directory,
        graceful=signal.SIGQUIT,
        template=template,
        libraries=tree.path / "lib",
    )
    return Embedded(tree, directory, process.launch(what, drop))


def _programs(cache: Path, drop: process.Account | None) -> tuple[Tree, Path]:
    """Return the first server that runs here, and the data directory to copy."""
    attempts: list[Attempt] = []
    for wheel in WHEELS:
        file = wheel.file()
        if file is None:
            attempts.append(Attempt(wheel.distribution, "not installed", _INSTALL))
            continue
        try:
            tree = tree_of(wheel, file, cache, drop)
            return tree, template_of(tree, cache, drop)
        except ProviderError as error:
            attempts.append(Attempt(wheel.release(), f"{error.tried}: {error.found}", error.mend))
    raise NoProviderError("PostgreSQL", tuple(attempts))
