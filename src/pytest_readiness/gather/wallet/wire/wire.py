"""The proxy as whoever schedules sees it: commands go in, and what happens comes out in order."""

from __future__ import annotations

import contextlib
import json
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.wire.apart import Apart
from pytest_readiness.providers import directories
from pytest_readiness.providers.errors import ProviderError

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from pytest_readiness.gather.wallet.wire.entrance import Entrance

_STARTS_WITHIN = 10.0
_ENDS_WITHIN = 2.0
_LAST = 300
"""Characters of what a proxy said that did not start."""


class WireError(Exception):
    """Nothing can be held between the service and its server."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        what: ``opened``, ``unit`` (the service has said something), ``ended`` (the server has answered it),
            ``closed``, ``apart`` (it is of no request, and was let pass), or what somebody else put among
            the events.
        line: Number of the connection; 0 for none.
        pid: Of the backend that was opened.
        door: By which it came in.
        port: Of the loopback, which is a door too.
        text: What the service has said.
        runs: Whether it is to be run, and not only parsed.
        status: Of the transaction.
        sqlstate: Of the error that it ended with; empty without one.
        caller: Who was answered.
    """

    what: str
    line: int = 0
    pid: int = 0
    door: int = 0
    port: int = 0
    text: str = ""
    runs: bool = False
    status: str = ""
    sqlstate: str = ""
    caller: int = 0


def _made() -> Path:
    """Make a folder in which a socket has room for its name; the proxy removes it, however we end."""
    try:
        folder = directories.run_directory(0, None)
        folder.mkdir(mode=0o700)
    except (ProviderError, OSError) as error:
        raise WireError(f"there is no folder for the socket of the proxy: {error}") from None
    return folder


def _place(info: psycopg.ConnectionInfo) -> str:
    local = info.host.startswith("/")
    return f"{info.host}/.s.PGSQL.{info.port}" if local else f"{info.host}:{info.port}"


class Wire:
    """A proxy in front of the server of a connection.

    Args:
        connection: To that server.
        doors: How many folders of its socket there are, so that it is told who comes in.
        entrance: Who may come in by a port, which each has then too, for services that take host and port out
            of the URL.

    Raises:
        WireError: The proxy did not start.
    """

    def __init__(
        self, connection: psycopg.Connection, doors: int = 1, entrance: Entrance | None = None
    ) -> None:
        self.port = connection.info.port
        self._folder = _made()
        self.doors = [self._folder / str(door) for door in range(doors)]
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, self._folder, ignore_errors=True)
            for door in self.doors:
                door.mkdir()
            self._said = undo.enter_context(tempfile.TemporaryFile())
            self._control, theirs = socket.socketpair()
            undo.enter_context(self._control)
            with theirs:
                self._process = self._launched(theirs, _place(connection.info))
            undo.pop_all()
        self.apart = Apart()
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._greet(entrance)
        self.urls: list[str] = []
        while (ready := self.next(_STARTS_WITHIN)) and ready.what == "listens":
            self.urls.append(entrance.url(ready.port) if entrance else "")
        if ready is None or ready.what != "ready":
            self._said.seek(0)
            said = self._said.read().decode(errors="replace").strip()[-_LAST:]
            self.close()
            raise WireError(f"the proxy between service and server did not start at {self._folder}: {said}")

    def _launched(self, theirs: socket.socket, server: str) -> subprocess.Popen[bytes]:
        module = "pytest_readiness.gather.wallet.wire.proxy"
        paths = [f"{door}/.s.PGSQL.{self.port}" for door in self.doors]
        try:
            return subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno()), server, *paths],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError as error:
            raise WireError(f"the proxy between service and server was not started: {error}") from None

    def _greet(self, entrance: Entrance | None) -> None:
        with contextlib.suppress(OSError):  # of one that did not start, which is told by what it said
            told = json.dumps(asdict(entrance) if entrance else None)
            self._control.sendall(f"{told}\n".encode())

    def tell(self, command: str, line: int = 0) -> None:
        """Give a command: ``go``, ``deliver`` or ``cut`` for a line.

        Raises:
            WireError: The proxy is gone.
        """
        try:
            self._control.sendall(f"{command} {line}\n".encode())
        except OSError as error:
            raise WireError(f"the proxy between service and server is gone: {error}") from None

    def hold(self) -> list[Event]:
        """Pass on nothing from now on, and return what happened before."""
        return self._until("hold")

    def free(self) -> list[Event]:
        """Pass on everything from now on, and return what happened before."""
        came = self._until("free")
        self.apart.forget()
        return came

    def _until(self, command: str) -> list[Event]:
        self.tell(command)
        came = []
        while (event := self.next(_STARTS_WITHIN)) and event.what != command:
            came.append(event)
        if event is None:
            raise WireError(
                f"the proxy between service and server did not {command} within {_STARTS_WITHIN:g} s"
            )
        return came

    def put(self, event: Event) -> None:
        """Put something among the events; any thread may."""
        self._events.put(event)

    def next(self, within: float) -> Event | None:
        """Return what happened next to a request; None if nothing did within these seconds."""
        until = time.monotonic() + within
        while True:
            left = until - time.monotonic()
            try:
                event = self._events.get(timeout=left) if left > 0 else self._events.get_nowait()
            except queue.Empty:
                return None
            commands = self.apart.takes(event)
            if commands is None:
                return event
            for command in commands:
                self.tell(command, event.line)
            if event.line not in self.apart.lines:
                # Its connection may be one of a pool, and was taken for that of a request when it began.
                return replace(event, what="apart")

    def close(self) -> None:
        """End the proxy, and with it all connections."""
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._listener.join(_ENDS_WITHIN)
        self._control.close()
        self._said.close()
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _listen(self) -> None:
        with self._control.makefile("rb") as lines:
            try:
                for line in lines:
                    self._events.put(Event(**json.loads(line)))
            except OSError:
                return
