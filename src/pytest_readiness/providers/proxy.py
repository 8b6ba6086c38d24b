"""A proxy that stands before a server and fails in the ways that servers and networks fail."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType
    from typing import Any

Mode = Literal["pass", "blackhole", "reset", "refuse", "slow"]
_ANSWERS_WITHIN = 5.0
_STEPS_TO_BEGIN = 4
"""Turns of the loop from the arrival of a connection to the first step of what serves it."""
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a server listens: a path of a Unix socket, or host and port."""

    path: str = ""
    host: str = "127.0.0.1"
    port: int = 0


class Proxy:
    """Listens on loopback and passes on what it is told to pass on.

    Attributes:
        port: Where it listens; the same for its whole life.
        opened: How many connections it has taken.
        asked: How often a client has connected, or said anything.
    """

    def __init__(self, upstream: Upstream) -> None:
        self.opened = self.asked = 0
        self._upstream = upstream
        self._mode: Mode = "pass"
        self._delay = 0.0
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter | None]] = set()
        self._swallowed: set[asyncio.StreamWriter] = set()
        self._silent: set[asyncio.StreamWriter] = set()
        self._healthy = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._hole: asyncio.Future[bool] = self._loop.create_future()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._socket = _bound(0)
        self.port = int(self._socket.getsockname()[1])
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._await(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._await(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_ANSWERS_WITHIN)
        self._loop.close()

    @property
    def open(self) -> int:
        """How many connections are open now."""
        return len(self._pairs)

    @property
    def silent(self) -> int:
        """How many connections are lost, and their clients have not given them up."""
        return len(self._silent)

    def hang_up(self) -> None:
        """End the connections that are lost, in order: a client that waits on one gives it up now."""
        self._await(self._say_goodbye())

    def set(self, mode: Mode, *, delay: float = 0.0, lost: bool = False) -> None:
        """Behave so from now on, with established connections too.

        Args:
            mode: ``blackhole`` takes everything and answers nothing; ``reset`` takes connections and
                ends them; ``refuse`` takes none; ``slow`` delays every answer.
            delay: Of ``slow``, in seconds.
            lost: Whether connections that were taken in a black hole that ends now stay silent for good, as
                those to a host that was replaced do, or those that a firewall has forgotten.
        """
        self._await(self._switch(mode, delay, lost=lost))

    def lead_to(self, upstream: Upstream) -> None:
        """Lead to another server, and end the connections to this one."""
        self._await(self._redirect(upstream))

    def _await(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_ANSWERS_WITHIN)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, sock=self._socket)

    async def _stop_listening(self) -> None:
        if self._server is not None:
            # What is on its way when the server closes, or its task is cancelled, would stay open for good.
            self._loop.remove_reader(self._socket.fileno())
            for _ in range(_STEPS_TO_BEGIN):
                await asyncio.sleep(0)
            self._server.close()
            self._server = None

    async def _switch(self, mode: Mode, delay: float, *, lost: bool) -> None:
        before, self._mode, self._delay = self._mode, mode, delay
        if mode == "blackhole":
            self._healthy.clear()
        else:
            self._healthy.set()
            if lost:
                self._silent |= self._swallowed
                self._pairs -= {(writer, None) for writer in self._swallowed}
            self._hole.set_result(lost)
            self._hole = self._loop.create_future()
        if mode in {"reset", "refuse"}:
            self._drop()
        if mode == "refuse" and before != "refuse":
            await self._stop_listening()
            self._socket = _bound(self.port)  # bound and not listening: the port stays ours, and refuses
        elif before == "refuse" and mode != "refuse":
            await self._listen()

    async def _say_goodbye(self) -> None:
        for client in self._silent:
            with contextlib.suppress(OSError):
                client.write_eof()

    async def _redirect(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._drop()

    async def _end(self) -> None:
        self._drop()
        await self._stop_listening()
        self._socket.close()
        while tasks := asyncio.all_tasks(self._loop) - {asyncio.current_task()}:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)

    def _drop(self) -> None:
        for client, server in self._pairs:
            _reset(client)
            if server is not None:
                server.transport.abort()
        self._pairs.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self.asked += 1
        if self._mode == "reset":
            _reset(writer)
            return
        if self._mode != "blackhole":
            self._healthy.set()
        waiting: tuple[asyncio.StreamWriter, asyncio.StreamWriter | None] = (writer, None)
        self._pairs.add(waiting)
        try:
            if self._mode == "blackhole" and await self._swallow(writer):
                await self._forget(reader, writer)
            else:
                await self._healthy.wait()
                await self._pass(reader, writer, waiting)
        except (OSError, asyncio.CancelledError):
            pass  # cancelled at the end alone, which streams of Python 3.11 would report as an error
        finally:
            self._pairs.discard(waiting)
            writer.transport.abort()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        waiting: tuple[asyncio.StreamWriter, asyncio.StreamWriter | None],
    ) -> None:
        answers, server = await self._connect()
        pair = (writer, server)
        self._pairs.discard(waiting)
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pump(reader, server), self._pump(answers, writer, answers=True))
        finally:
            self._pairs.discard(pair)
            server.transport.abort()

    async def _swallow(self, writer: asyncio.StreamWriter) -> bool:
        """Say nothing until the black hole ends; tell whether the connection is lost then."""
        self._swallowed.add(writer)
        try:
            return await asyncio.shield(self._hole)
        finally:
            self._swallowed.discard(writer)

    async def _forget(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Say nothing until the client gives up."""
        try:
            while await reader.read(65536):
                pass
        finally:
            self._silent.discard(writer)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._upstream.path:
            return await asyncio.open_unix_connection(self._upstream.path)
        return await asyncio.open_connection(self._upstream.host, self._upstream.port)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool = False
    ) -> None:
        try:
            while data := await source.read(65536):
                self.asked += not answers
                await self._healthy.wait()
                if answers and self._mode == "slow":
                    await asyncio.sleep(self._delay)
                sink.write(data)
                await sink.drain()
        finally:
            with contextlib.suppress(OSError, RuntimeError):
                sink.close()


def _bound(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with a reset, not with an orderly close."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
