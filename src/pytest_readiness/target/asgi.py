"""The process in which an ASGI application is called directly, without a server before it.

It takes the application, the path of a socket to listen on, and the folder of the project. Each
connection brings one request, pickled, and gets status, headers and body.
"""

from __future__ import annotations

import asyncio
import importlib
import pickle
import sys
import traceback
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pytest_readiness.target.endless import PIECE, whole

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from pytest_readiness.target.requests import Request

    Event = MutableMapping[str, Any]
    Application = Callable[
        [Event, Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]], Awaitable[None]
    ]

_ANYBODY, _KEPT = "127.0.0.1", 0
_PORTS = count(1)
"""Of connections that serve one request each; the others are one that is kept."""

_ASGI = {"version": "3.0", "spec_version": "2.3"}
Reply = tuple[int, tuple[tuple[str, str], ...], bytes, int]


class Exchange:
    """One request to an application, and what it answers."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._pieces = _pieces(request)
        self._status = 0
        self._headers: tuple[tuple[str, str], ...] = ()
        self._body = b""
        self._done = asyncio.Event()
        self._taken = 0
        self._more = whole(request.endless)

    async def reply(self, application: Application) -> Reply:
        """Call the application; what it raises before it answers is a 500, as a server makes it."""
        try:
            await application(self._scope(), self._receive, self._send)
        except Exception:  # noqa: BLE001  the project's own code: its trace stands in the log
            traceback.print_exc()
        self._done.set()
        body = b"" if self._request.method == "HEAD" else self._body
        if not self._status:
            return (500, (), b"", self._taken)
        return (self._status, self._headers, body, self._taken)

    def _scope(self) -> Event:
        path, _, query = self._request.path.partition("?")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": "1.1",
            "method": self._request.method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": list(self._sent()),
            "client": (self._request.source or _ANYBODY, next(_PORTS) if self._request.alone else _KEPT),
            "server": (_ANYBODY, 80),
            "state": {},
        }

    def _sent(self) -> list[tuple[bytes, bytes]]:
        own = [] if self._names("host") else [(b"host", _ANYBODY.encode())]
        if self._request.chunked:
            own.append((b"transfer-encoding", b"chunked"))
        elif self._request.body or self._request.method in {"POST", "PUT", "PATCH"}:
            length = len(self._request.body) + self._more
            own.append((b"content-length", str(length).encode()))
        given = [
            (name.lower().encode(), value.strip().encode("utf-8", "surrogateescape"))
            for name, value in self._request.headers
        ]
        return [*own, *given]

    def _names(self, header: str) -> bool:
        return any(name.lower() == header for name, _ in self._request.headers)

    async def _receive(self) -> Event:
        if self._pieces:
            piece = self._pieces.pop(0)
            more = bool(self._pieces or self._more)
            return {"type": "http.request", "body": piece, "more_body": more}
        if self._taken < self._more and not self._done.is_set():
            self._taken += len(PIECE)
            return {"type": "http.request", "body": PIECE, "more_body": self._taken < self._more}
        await self._done.wait()
        return {"type": "http.disconnect"}

    async def _send(self, event: Event) -> None:
        if event["type"] == "http.response.start":
            self._status = event["status"]
            self._headers = tuple(
                (name.decode("latin-1").lower(), value.decode("latin-1"))
                for name, value in event.get("headers", ())
            )
        elif event["type"] == "http.response.body":
            self._body += event.get("body", b"")
            if not event.get("more_body"):
                self._done.set()


def _pieces(request: Request) -> list[bytes]:
    body = request.body
    if not request.chunked or not body:
        return [body]
    size = max(len(body) // 5, 1)
    return [body[start : start + size] for start in range(0, len(body), size)]


async def _started(application: Application) -> None:
    """Let the application start, where it has something to do; its end is that of the process."""
    events: asyncio.Queue[Event] = asyncio.Queue()
    events.put_nowait({"type": "lifespan.startup"})
    told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def send(event: Event) -> None:
        if not told.done():
            told.set_result(event)

    scope: Event = {"type": "lifespan", "asgi": _ASGI, "state": {}}
    task: asyncio.Future[Any] = asyncio.ensure_future(application(scope, events.get, send))
    await asyncio.wait({task, told}, return_when=asyncio.FIRST_COMPLETED)
    if told.done() and told.result()["type"] == "lifespan.startup.failed":
        raise SystemExit(f"the application does not start: {told.result().get('message', '')}")
    if task.done():
        task.exception()  # an application without a lifespan raises, or returns
    else:
        _kept.add(task)


_kept: set[asyncio.Future[Any]] = set()


async def serve(application: Application, path: str) -> None:
    """Answer whoever connects to the socket, for ever."""
    await _started(application)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = await reader.read()
        if data:
            exchange = Exchange(pickle.loads(data))  # noqa: S301  of the process that started this one
            writer.write(pickle.dumps(await exchange.reply(application)))
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(answer, path)
    await server.serve_forever()


def main() -> None:
    """Import the application, and serve it."""
    place, path, folder = sys.argv[1:]
    sys.path.insert(0, folder)
    module, _, name = place.partition(":")
    application = getattr(importlib.import_module(module), name)
    asyncio.run(serve(application, path))


if __name__ == "__main__":
    main()
