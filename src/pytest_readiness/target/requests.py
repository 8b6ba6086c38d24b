"""Requests to instances of a service, byte by byte if need be, and their answers."""

from __future__ import annotations

import pickle
import select
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.target import endless

if TYPE_CHECKING:
    import http.client
    from collections.abc import Iterable

_LOOPBACK = "127.0.0.1"
_ENDED = {"RemoteDisconnected", "ConnectionResetError", "BrokenPipeError", "ConnectionAbortedError"}
"""What a request on a kept connection meets when the other side has ended it."""
Place = int | str
"""Where an instance is: a port of loopback, or the socket of an application that is called directly."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or what came in its place.

    Attributes:
        status: 0 where no answer came.
        headers: Names in lower case, as often as they came.
        seconds: From the first byte sent to the last one read.
        error: Why no answer came.
        taken: Bytes of an endless body that were taken before the answer.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    seconds: float = 0.0
    error: str = ""
    taken: int = 0

    def header(self, name: str) -> str:
        """Return all values of a header, joined as RFC 9110 says; empty when it is not there."""
        return ", ".join(value for key, value in self.headers if key == name)


@dataclass(frozen=True, slots=True)
class Request:
    """A request, with headers as often, and in the case, as they are given; a host of its own, if it has one.

    Attributes:
        chunked: Whether the body is sent in chunks, and without its length.
        source: Address of loopback that it comes from; empty for any.
        endless: Bytes that follow the body while no answer comes, in whole pieces of spaces.
        alone: Whether it comes on a connection of its own, and so from another port.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    chunked: bool = False
    source: str = ""
    endless: int = 0
    alone: bool = False


class Lines:
    """Connections to all instances, kept open, for many requests one after another."""

    def __init__(self, places: list[Place]) -> None:
        self._places = places
        self._open: dict[tuple[int, str], http.client.HTTPConnection] = {}
        self._unkept: set[tuple[int, str]] = set()

    def send(self, request: Request, instance: int = 0, within: float = 10.0) -> Answer:
        """Send a request on the connection that is there, or on a new one where the service has closed it."""
        where = self._places[instance % len(self._places)]
        if isinstance(where, str) or request.alone:
            return send(where, request, within)
        place = (where, request.source)
        kept = self._open.pop(place, None)
        if kept is not None and kept.sock is not None and not _closed(kept.sock):
            kept.sock.settimeout(within)
            answer = self._sent(kept, place, request)
            if answer.error.partition(":")[0] not in _ENDED:
                return answer
            # It closes connections without saying so, and this one closed on the way: none is kept again.
            self._unkept.add(place)
        elif kept is not None:
            kept.close()
        return self._sent(_connection(where, request.source, within), place, request)

    def _sent(
        self, connection: http.client.HTTPConnection, place: tuple[int, str], request: Request
    ) -> Answer:
        answer = _asked(connection, request)
        spare: http.client.HTTPConnection | None = connection
        if connection.sock is not None and answer.status and place not in self._unkept:
            # Of several threads each may have opened one; one is kept.
            spare = self._open.pop(place, None)
            self._open[place] = connection
        if spare is not None:
            spare.close()
        return answer

    def close(self) -> None:
        """Close them."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()


def send(where: Place, request: Request, within: float) -> Answer:
    """Send a request to an instance, and read the whole answer."""
    if isinstance(where, str):
        return called(where, request, within)
    connection = _connection(where, request.source, within)
    try:
        return _asked(connection, request)
    finally:
        connection.close()


def called(path: str, request: Request, within: float) -> Answer:
    """Hand a request to the process that calls an application directly, by its socket."""
    started = time.perf_counter()
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(within)
            connection.connect(path)
            connection.sendall(pickle.dumps(request))
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as stream:
                status, headers, body, taken = pickle.load(stream)  # noqa: S301  of a process that was started here
    except (OSError, EOFError) as error:
        said = f"{type(error).__name__}: {error}".strip(": ")
        return Answer(0, seconds=time.perf_counter() - started, error=said)
    return Answer(status, headers, body, time.perf_counter() - started, taken=taken)


def _connection(port: int, source: str, within: float) -> http.client.HTTPConnection:
    import http.client

    address = (source, 0) if source else None
    return http.client.HTTPConnection(_LOOPBACK, port, timeout=within, source_address=address)


def _closed(kept: socket.socket) -> bool:
    """Whether the other side has said something since, which can only be that it ends."""
    return bool(select.select([kept], [], [], 0)[0])


def _asked(connection: http.client.HTTPConnection, request: Request) -> Answer:
    import http.client

    started, taken = time.perf_counter(), 0
    try:
        _put(connection, request)
        if request.endless:
            taken, heard = endless.poured(connection.sock, request.endless, chunked=request.chunked)
            if not heard:
                return Answer(0, (), b"", time.perf_counter() - started, endless.UNANSWERED, taken)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        said = f"{type(error).__name__}: {error}".strip(": ")
        return Answer(0, seconds=time.perf_counter() - started, error=said, taken=taken)
    headers = tuple((name.lower(), value) for name, value in answer.getheaders())
    return Answer(answer.status, headers, body, time.perf_counter() - started, taken=taken)


def _put(connection: http.client.HTTPConnection, request: Request) -> None:
    own = any(name.lower() == "host" for name, _ in request.headers)
    connection.putrequest(request.method, request.path, skip_host=own, skip_accept_encoding=True)
    for name, value in request.headers:
        connection.putheader(name, value.encode("utf-8", "surrogateescape"))
    if request.chunked:
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        try:
            for piece in _pieces(request.body):
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            if not request.endless:
                connection.send(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            return  # refused before it was all sent: the answer tells
        return
    if request.body or request.method in {"POST", "PUT", "PATCH"}:
        length = len(request.body) + endless.whole(request.endless)
        connection.putheader("Content-Length", str(length))
    try:
        connection.endheaders(request.body or None)
    except (BrokenPipeError, ConnectionResetError):
        return


def _pieces(body: bytes) -> Iterable[bytes]:
    size = max(len(body) // 5, 1)
    return (body[start : start + size] for start in range(0, len(body), size))
