"""A service under attack: real processes on loopback, and requests to them, byte by byte if need be."""

from __future__ import annotations

import re
import select
import shlex
import signal
import socket
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pytest_readiness.providers import directories, process

if TYPE_CHECKING:
    import http.client
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_readiness.settings import Service

_ROOM = 2 * directories.MIB
_LOOPBACK = "127.0.0.1"
_POLL = 0.02
_UNFILLED = re.compile(r"\{(?:\w+_url|(?:secret|budget)\.[^}]*)\}")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or what came in its place.

    Attributes:
        status: 0 where no answer came.
        headers: Names in lower case, as often as they came.
        seconds: From the first byte sent to the last one read.
        error: Why no answer came.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    seconds: float = 0.0
    error: str = ""

    def header(self, name: str) -> str:
        """Return all values of a header, joined as RFC 9110 says; empty when it is not there."""
        return ", ".join(value for key, value in self.headers if key == name)


@dataclass(frozen=True, slots=True)
class Request:
    """A request, with headers as often, and in the case, as they are given.

    Attributes:
        chunked: Whether the body is sent in chunks, and without its length.
        source: Address of loopback that it comes from; empty for any.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    chunked: bool = False
    source: str = ""


def url_of(host: str, port: int, user: str, password: str, database: str) -> str:
    """Return the URL of a database, also where the server listens on a Unix socket."""
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    name = quote(database, safe="")
    if host.startswith("/"):
        return f"postgresql://{login}@/{name}?host={quote(host, safe='')}&port={port}"
    return f"postgresql://{login}@{host}:{port}/{name}"


class RunningService:
    """All processes of a service.

    Args:
        declared: In the settings.
        root: Of the project.
        values: What the environment is filled in with.
        also: Variables of the environment beside those of settings.
    """

    def __init__(
        self, declared: Service, root: Path, values: Mapping[str, str], also: Mapping[str, str] | None = None
    ) -> None:
        self._also = dict(also or {})
        self.declared = declared
        self.ports: list[int] = []
        self._root = root
        self._values = dict(values)
        self._children: list[process.Child] = []

    @property
    def logs(self) -> str:
        """What all processes have written so far."""
        return "".join(
            Path(child.running.log).read_text(encoding="utf-8", errors="replace") for child in self._children
        )

    def start(self) -> None:
        """Start all instances and wait until they answer.

        Raises:
            ProviderError: One ended, or does not answer in time; with the end of its log.
        """
        self.ports = [_free_port() for _ in range(self.declared.instances)]
        self._children = [self._launch(port) for port in self.ports]
        try:
            for child, port in zip(self._children, self.ports, strict=True):
                child.wait(lambda port=port: self._answers(port), self.declared.ready_within)  # type: ignore[misc]
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End them all. A second call does nothing."""
        for child in self._children:
            child.stop()
        self._children = []

    def restart(self, without: str = "") -> None:
        """Start anew, on other ports.

        Args:
            without: Variables of the environment whose value has this in it are left out.
        """
        self.stop()
        if without:
            self._values[without] = ""
        self.start()

    def send(self, request: Request, instance: int = 0, within: float = 10.0) -> Answer:
        """Send a request to an instance; they are counted from 0, and around."""
        return send(self.ports[instance % len(self.ports)], request, within)

    @contextmanager
    def lines(self) -> Iterator[Lines]:
        """Lend connections that are kept open from one request to the next."""
        lines = Lines(self.ports)
        try:
            yield lines
        finally:
            lines.close()

    def _answers(self, port: int) -> bool:
        return send(port, Request("GET", self.declared.ready), 2.0).status > 0

    def _launch(self, port: int) -> process.Child:
        command = (
            [part.replace("{port}", str(port)) for part in shlex.split(self.declared.command)]
            if self.declared.command
            else [
                *(sys.executable, "-m", "uvicorn", self.declared.app, "--app-dir", str(self._root)),
                *("--host", _LOOPBACK, "--port", str(port), "--no-proxy-headers", "--no-access-log"),
            ]
        )
        return process.launch(
            process.Launch(
                name=f"the service {self.declared.name}",
                command=command,
                directory=directories.run_directory(_ROOM, None),
                graceful=signal.SIGTERM,
                variables=self._environment(),
                folder=str(self._root),
            ),
            None,
        )

    def _environment(self) -> dict[str, str]:
        """Fill in what settings give; one that nothing fills in, or that turns out empty, is left out."""
        filled = {}
        for name, template in self.declared.env.items():
            value = template
            for key, known in self._values.items():
                value = value.replace("{" + key + "}", known)
            if value and not _UNFILLED.search(value):
                filled[name] = value
        return {**filled, **self._also}


class Lines:
    """Connections to all instances, kept open, for many requests one after another."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self._open: dict[tuple[int, str], http.client.HTTPConnection] = {}

    def send(self, request: Request, instance: int = 0, within: float = 10.0) -> Answer:
        """Send a request on the connection that is there, or on a new one where the service has closed it."""
        place = (self._ports[instance % len(self._ports)], request.source)
        kept = self._open.pop(place, None)
        if kept is not None and kept.sock is not None and not _closed(kept.sock):
            kept.sock.settimeout(within)
            connection = kept
        else:
            connection = _connection(place[0], request.source, within)
        answer = _asked(connection, request)
        if connection.sock is not None and answer.status:
            self._open[place] = connection
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Close them."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()


def send(port: int, request: Request, within: float) -> Answer:
    """Send a request to a port of loopback, and read the whole answer."""
    connection = _connection(port, request.source, within)
    try:
        return _asked(connection, request)
    finally:
        connection.close()


def _connection(port: int, source: str, within: float) -> http.client.HTTPConnection:
    import http.client

    address = (source, 0) if source else None
    return http.client.HTTPConnection(_LOOPBACK, port, timeout=within, source_address=address)


def _closed(kept: socket.socket) -> bool:
    """Whether the other side has said something since, which can only be that it ends."""
    return bool(select.select([kept], [], [], 0)[0])


def _asked(connection: http.client.HTTPConnection, request: Request) -> Answer:
    import http.client

    started = time.perf_counter()
    try:
        _put(connection, request)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        said = f"{type(error).__name__}: {error}".strip(": ")
        return Answer(0, seconds=time.perf_counter() - started, error=said)
    headers = tuple((name.lower(), value) for name, value in answer.getheaders())
    return Answer(answer.status, headers, body, time.perf_counter() - started)


def _put(connection: http.client.HTTPConnection, request: Request) -> None:
    connection.putrequest(request.method, request.path, skip_accept_encoding=True)
    for name, value in request.headers:
        connection.putheader(name, value.encode("utf-8", "surrogateescape"))
    if request.chunked:
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        try:
            for piece in _pieces(request.body):
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            connection.send(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            return  # refused before it was all sent: the answer tells
        return
    if request.body or request.method in {"POST", "PUT", "PATCH"}:
        connection.putheader("Content-Length", str(len(request.body)))
    try:
        connection.endheaders(request.body or None)
    except (BrokenPipeError, ConnectionResetError):
        return


def _pieces(body: bytes) -> Iterable[bytes]:
    size = max(len(body) // 5, 1)
    return (body[start : start + size] for start in range(0, len(body), size))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])
