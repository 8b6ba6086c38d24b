"""A wall clock that can be moved, for a server and for an application beside it."""

from __future__ import annotations

import mmap
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness.providers import directories, process
from pytest_readiness.providers.cache import content_digest, publish
from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.providers.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Mapping

_SOURCE = Path(__file__).with_name("clock.c")
_LIBRARY = "clock.so"
_NANOSECONDS = 1_000_000_000
SERVER, APPLICATION = 0, 1
_SLOTS = (SERVER, APPLICATION)


class MovableClock:
    """The clocks of a server and of an application, both ahead of the true time by what is asked for.

    A process started with `variables` follows; `now` reads the application's clock from outside.
    The directory is none of the run's, which the account that a server is dropped to may not enter;
    a guard removes it when this process is killed.

    Args:
        library: That moves a process's clock.
        uid: The account that a server is dropped to, if it is dropped.

    Raises:
        ProviderError: There is no directory that this account can get to.
    """

    def __init__(self, library: Path, uid: int | None = None) -> None:
        self._library = library
        directory = directories.run_directory(mmap.PAGESIZE, uid)
        self._guard = Guard(directory, signal.SIGKILL)
        directory.mkdir(0o700)
        directory.chmod(0o711)
        self.path = directory / "clock"
        self.path.write_bytes(bytes(mmap.PAGESIZE))
        self.path.chmod(0o644)
        with self.path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        self._numbers = memoryview(self._page).cast("q")

    def variables(self, slot: int) -> Mapping[str, str]:
        """Return what the environment of a process needs, so that its clock follows."""
        return {
            "LD_PRELOAD": str(self._library),
            "READINESS_CLOCK": str(self.path),
            "READINESS_CLOCK_SLOT": str(slot),
        }

    def python(self, slot: int) -> Mapping[str, str]:
        """Return the same for a Python whose monotonic clock is to go along."""
        return {**self.variables(slot), "PYTHONPATH": str(Path(__file__).with_name("preloaded"))}

    def ahead(self, slot: int = SERVER) -> float:
        """Return by how many seconds a clock is ahead of the true time."""
        return self._numbers[slot] / _NANOSECONDS

    def move(self, seconds: float) -> None:
        """Move both clocks, forward or back."""
        for slot in _SLOTS:
            self.skew(slot, seconds)

    def skew(self, slot: int, seconds: float) -> None:
        """Move one clock alone."""
        self._numbers[slot] += round(seconds * _NANOSECONDS)

    def close(self) -> None:
        """Remove the file. Processes that follow keep what they have mapped."""
        self._numbers.release()
        self._page.close()
        self._guard.release()


def attached(path: Path) -> memoryview:
    """Return the numbers of another process's clock, in nanoseconds, to be read and written."""
    with path.open("r+b") as file:
        return memoryview(mmap.mmap(file.fileno(), mmap.PAGESIZE)).cast("q")


def movable_clock() -> MovableClock:
    """Return a clock, its library compiled when it is first wanted.

    Raises:
        ProviderError: It cannot be compiled or loaded here.
    """
    if sys.platform != "linux":
        raise ProviderError(
            "a server whose clock moves", f"{sys.platform} preloads no libraries", "run on Linux"
        )
    drop = process.account()
    cache = directories.cache(drop.uid if drop else None)
    name = f"clock-{platform.machine()}-{content_digest(cache, _SOURCE)[:16]}"
    clock = MovableClock(publish(cache, name, _compile) / _LIBRARY, drop.uid if drop else None)
    if not _followed(clock, drop):
        clock.close()
        raise ProviderError(
            "a server whose clock moves",
            "a process started with the library keeps the true time",
            "see that LD_PRELOAD is not forbidden here",
        )
    return clock


def _compile(directory: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise ProviderError(
            "a server whose clock moves",
            "there is no C compiler (cc, gcc or clang) to build its library with",
            "install one",
        )
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(directory / _LIBRARY), str(_SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise ProviderError(
            f"running {compiler}", done.stderr.strip(), "install the headers of the C library"
        )


def _followed(clock: MovableClock, drop: process.Account | None) -> bool:
    """Whether a program that is started with it follows, in the account that a server runs in."""
    clock.move(86_400)
    try:
        done = subprocess.run(
            ["/bin/date", "+%s"],
            env={"PATH": os.defpath, **clock.variables(SERVER)},
            capture_output=True,
            text=True,
            check=False,
            **process.rights_of(drop),
            cwd="/",
        )
        return done.stdout.strip().isdigit() and int(done.stdout) > time.time() + 43_200
    except OSError:
        return False
    finally:
        clock.move(-86_400)
