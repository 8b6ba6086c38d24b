"""A server as a child process: never root, in a session of its own, gone when the run is."""

from __future__ import annotations

import os
import pwd
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.providers.guard import Guard, Running

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_READY_WITHIN = 60.0
_STOPPED_WITHIN = 5.0
_POLL = 0.002
_PYTHON = re.compile(r"/(?:lib)?(?:python|pypy)[\w.+-]*$", re.MULTILINE)
"""A file that a Python is made of, in the memory of a process: its program, or the library of it."""

# The server starts when the guard knows its pid, and not at all if this process ends before: the
# shell then reads the end of the pipe. Copying the data directory here lets it overlap with what
# the caller does meanwhile, such as importing a driver.
_GATE = r"""
read -r _ || exit 1
exec < /dev/null
ulimit -c 0
template=$1 data=$2 reflink=$3 libraries=$4
shift 4
if [ -n "$template" ]; then cp -R $reflink -- "$template" "$data" || exit 1; fi
if [ -n "$libraries" ]; then LD_LIBRARY_PATH=$libraries; export LD_LIBRARY_PATH; fi
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Account:
    """The account that servers run as when the tests run as root."""

    uid: int
    gid: int


class Rights(TypedDict):
    """The arguments of `subprocess` that say as whom a program runs."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


def rights_of(drop: Account | None) -> Rights:
    """Return what starts a program as an account, with no group but its own; as ourselves without one."""
    if drop is None:
        return Rights(user=None, group=None, extra_groups=None)
    return Rights(user=drop.uid, group=drop.gid, extra_groups=[])


def account() -> Account | None:
    """Return the account to drop to, None where there is nothing to drop.

    Raises:
        ProviderError: The tests run as root, and there is no account `nobody`.
    """
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise ProviderError(
            "starting servers as root",
            "PostgreSQL refuses to run as root, and this system has no account `nobody` to drop to",
            "run the tests as an ordinary user, or give a server",
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return all that a server sees of the environment: nothing of the user's but PATH."""
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "LC_ALL": "C", "TZ": "UTC", "HOME": str(home), **(extra or {})}


def run(
    command: Sequence[str | Path], *, drop: Account | None, env: Mapping[str, str], standard_input: str = ""
) -> tuple[int, str]:
    """Run a program to its end and return its exit status and all that it wrote.

    Raises:
        OSError: It could not be started.
        subprocess.TimeoutExpired: It took longer than two minutes.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd="/",
        env=env,
        start_new_session=True,
        umask=0o022,
        **rights_of(drop),
    ) as process:
        try:
            output, _ = process.communicate(standard_input, timeout=120)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # not reaped yet: the pid is still its own
            raise
    return process.returncode, output


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start.

    Attributes:
        name: How messages call it.
        command: The program and its arguments.
        directory: Made for it, mode 0700, and removed with it.
        graceful: The signal that ends it.
        template: A directory to copy to `data` in its own, if any.
        libraries: Where the program's own libraries are, if it brings any.
        variables: What its environment has besides.
        folder: Where it is started.
    """

    name: str
    command: Sequence[str | Path]
    directory: Path
    graceful: signal.Signals
    template: Path | None = None
    libraries: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/"


class Child:
    """A server that this process started.

    Args:
        what: As it was asked for.
        process: The child.
        guard: What ends it if this process cannot.
        running: The same process, as others can name it.
    """

    def __init__(
        self, what: Launch, process: subprocess.Popen[bytes], guard: Guard, running: Running
    ) -> None:
        self.running = running
        self._what = what
        self._process = process
        self._guard = guard
        self._starter = os.getpid()

    def wait(self, ready: Callable[[], bool], within: float = _READY_WITHIN) -> None:
        """Block until it is ready to serve.

        Raises:
            ProviderError: It ended instead, or is not ready in time; with the end of its log.
        """
        deadline = time.monotonic() + within
        while not ready():
            status = self._process.poll()
            if status is not None:
                raise self._unready(f"it ended ({_in_words(status)})")
            if time.monotonic() > deadline:
                raise self._unready(f"it is not ready after {within:.0f} s")
            time.sleep(_POLL)

    def stop(self) -> None:
        """End it and remove its directory. A second call does nothing, nor does a forked child's."""
        if os.getpid() != self._starter:
            return
        if self._process.poll() is None:
            os.killpg(self._process.pid, self._what.graceful)
            try:
                self._process.wait(timeout=_STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._guard.release()

    def _unready(self, found: str) -> ProviderError:
        return ProviderError(
            f"starting {self._what.name}",
            f"{found}; its log ends with\n{tail(self.running.log)}",
            "see the log; if what is in the cache is damaged, remove the directory that "
            "PYTEST_READINESS_CACHE names (by default ~/.cache/pytest-readiness, "
            "for root /var/cache/pytest-readiness)",
        )


def require_alive(name: str, running: Running) -> None:
    """Tell a server that ended during the run from one that merely refused something.

    Raises:
        ProviderError: It is gone; with the end of its log.
    """
    if not running.alive:
        raise ProviderError(
            f"reaching {name}",
            f"process {running.pid} ended during the run; its log ends with\n{tail(running.log)}",
            "look for what ended it: the system's out-of-memory killer, or a signal from outside",
        )


def tail(log: str, lines: int = 15) -> str:
    """Return the end of a log, indented, or why there is none."""
    try:
        with Path(log).open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - 8192))
            text = stream.read().decode(errors="replace")
    except OSError as error:
        return f"  (no log: {error.strerror})"
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:]) or "  (nothing in it)"


def launch(what: Launch, drop: Account | None) -> Child:
    """Start a server and return at once.

    Raises:
        ProviderError: It could not be started; nothing is left behind.
    """
    guard = Guard(what.directory, what.graceful)
    try:
        return _spawn(what, drop, guard)
    except BaseException as error:
        guard.release()
        if isinstance(error, OSError):
            raise ProviderError(
                f"starting {what.name}" + (" as the account nobody" if drop else ""),
                str(error),
                "run the tests as an ordinary user that may start programs, or give a server",
            ) from error
        raise


def _spawn(what: Launch, drop: Account | None, guard: Guard) -> Child:
    log = what.directory / "log"
    what.directory.mkdir(mode=0o700)
    libraries = what.directory / "lib"
    if what.libraries:
        # The loader splits its path at colons and semicolons: this name has none.
        libraries.symlink_to(what.libraries)
    if drop:
        os.chown(what.directory, drop.uid, drop.gid)
    gate = [
        *("/bin/sh", "-c", _GATE, "gate"),
        *(what.template or "", what.directory / "data"),
        "--reflink=auto" if sys.platform == "linux" else "",
        libraries if what.libraries else "",
    ]
    reading, writing = os.pipe()
    try:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*gate, *what.command],
                stdin=reading,
                stdout=output,
                stderr=output,
                cwd=what.folder,
                env=environment(what.directory, what.variables),
                start_new_session=True,
                umask=0o077,
                **rights_of(drop),
            )
        running = Running(process.pid, guard.watch(process.pid), str(log))
        os.write(writing, b"go\n")
    finally:
        os.close(reading)
        os.close(writing)
    return Child(what, process, guard, running)


def runs_python(leader: int) -> bool:
    """Whether a process of a session that `launch` began is a Python, or cannot be looked into; on Linux."""
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        try:
            if os.getsid(pid) == leader and _PYTHON.search((entry / "maps").read_text(errors="replace")):
                return True
        except PermissionError:
            return True
        except (ProcessLookupError, FileNotFoundError):
            continue  # it has ended meanwhile
    return False


def _in_words(status: int) -> str:
    return f"exit status {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"
