"""The private directory of a run, and the removal of those that killed runs left behind."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from pathlib import Path

from pytest_readiness.providers.guard import Guard

_PREFIX = "readiness-run-"
_LOCK = "alive"


class RunDirectory:
    """A directory that lasts as long as its process, which holds a lock in it that the kernel frees.

    A guard removes it when the process is killed; the next run does where the guard is killed too.
    """

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        made = self.path / f"{_LOCK}.new"
        self._lock = made.open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        made.rename(self.path / _LOCK)  # under its name it is never seen without its lock
        self._guard = Guard(self.path, signal.SIGKILL)

    def remove(self) -> None:
        """Remove it; harmless when repeated."""
        self._guard.release()
        self._lock.close()


def _sweep(parent: Path) -> None:
    """Remove directories of ours whose run is gone. One without a lock file is only being made."""
    for path in parent.glob(f"{_PREFIX}*"):
        lock = path / _LOCK
        try:
            if lock.stat().st_uid != os.getuid():
                continue
            with lock.open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path)
        except OSError:
            continue  # in use, or gone meanwhile
