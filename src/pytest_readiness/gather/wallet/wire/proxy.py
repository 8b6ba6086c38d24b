"""The process between a service and its server: it holds what the service says until it is told to go on.

It is a process of its own, as a client library may block the interpreter of the service while it connects.
Commands come, and events go, as lines over the socket whose descriptor is the first argument. Then come where
the server is, and the sockets to listen at: a door for each instance of the service. The first line says who
may come in by a port of the loopback, which each door has then too: everybody on the machine reads arguments.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import sys
from collections import deque
from dataclasses import replace
from functools import partial
from pathlib import Path

from pytest_readiness.gather.wallet.wire.entrance import STARTING, Entrance, refusal
from pytest_readiness.gather.wallet.wire.frames import (
    CANCEL,
    COPIED,
    GSS,
    HEADER,
    SYNC,
    TLS,
    Answered,
    Sent,
    Unit,
    framed,
)


class Proxy:
    """All connections of a service.

    Args:
        server: Path of the server's socket, or its host and port.
        events: Where what happens is written.
    """

    def __init__(self, server: str, events: asyncio.StreamWriter) -> None:
        self._server = server
        self._events = events
        self._lines: dict[int, Line] = {}
        self.holds = False

    async def serve(
        self,
        door: int,
        entrance: Entrance | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Serve one client, who came in by a door, until either side ends."""
        upstream: asyncio.StreamWriter | None = None
        try:
            first = await _startup(reader, writer)
            cancels = int.from_bytes(first[4:STARTING], "big") == CANCEL
            if entrance and not cancels:
                first = entrance.admitted(first)
            if not first:
                writer.write(refusal())
                return
            below, upstream = await self._connect()
            upstream.write(first)
            if cancels:
                await below.read()
                return
            line = Line(self, (len(self._lines) + 1, door), writer, upstream)
            self._lines[line.number] = line
            await line.run(reader, below)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            for end in (writer, upstream):
                if end is not None:
                    end.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._server.startswith("/"):
            return await asyncio.open_unix_connection(self._server)
        host, _, port = self._server.rpartition(":")
        return await asyncio.open_connection(host, int(port))

    def tell(self, what: str, line: int, **more: str | int) -> None:
        """Write down what happened."""
        self._events.write(json.dumps({"what": what, "line": line, **more}).encode() + b"\n")

    def obey(self, command: str, number: int) -> None:
        """Do what is asked for."""
        if command in ("hold", "free"):
            self.holds = command == "hold"
            for line in self._lines.values() if command == "free" else ():
                line.deliver()
                line.go_on()
            self.tell(command, 0)
        elif number in self._lines:
            line = self._lines[number]
            {"go": line.go_on, "deliver": line.deliver, "cut": line.cut}[command]()


class Line:
    """One connection of the service, and its own to the server."""

    def __init__(
        self, proxy: Proxy, place: tuple[int, int], client: asyncio.StreamWriter, server: asyncio.StreamWriter
    ) -> None:
        self.number, self._door = place
        self._proxy, self._client, self._server = proxy, client, server
        self._sent, self._waiting = Sent(), deque[Unit]()
        self._underway: Answered | None = None
        self._held: Answered | None = None
        self._status = ""
        self._skips = False

    async def run(self, client: asyncio.StreamReader, server: asyncio.StreamReader) -> None:
        """Pass messages on until either side ends."""
        sides = [asyncio.ensure_future(self._asked(client)), asyncio.ensure_future(self._answered(server))]
        try:
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for side in sides:
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)
            self._proxy.tell("closed", self.number)

    def go_on(self) -> None:
        """Pass the next unit to the server, unless one is under way or its answer is held.

        After an error the server skips what comes before the next Sync, and answers nothing to it.
        """
        while self._waiting and self._underway is None and self._held is None:
            unit = self._waiting.popleft()
            self._server.write(unit.data)
            if not self._skips or unit.ends == SYNC:
                self._underway = Answered(unit)
            elif self._proxy.holds:
                self._proxy.tell("ended", self.number, status=self._status, sqlstate="")
                return

    def deliver(self) -> None:
        """Give the client the answer that is held."""
        if self._held is not None:
            self._client.write(bytes(self._held.data))
            self._held = None

    def cut(self) -> None:
        """Drop the client; what it has said last never reached the server, if it was held."""
        self._waiting.clear()
        self._client.transport.abort()

    async def _asked(self, reader: asyncio.StreamReader) -> None:
        while True:
            kind, body = await _message(reader)
            copies = self._underway is not None and self._underway.copies
            if not self._status or kind == "X" or copies:
                # Authentication, the end, and rows that are copied in are no steps.
                self._server.write(framed(kind, body))
                continue
            if kind in COPIED and not self._sent.begun:
                self._send_along(framed(kind, body))
            elif unit := self._sent.take(kind, body):
                self._pass(unit)

    def _pass(self, unit: Unit) -> None:
        if unit.silent:
            self._send_along(unit.data)
            return
        self._waiting.append(unit)
        if self._proxy.holds:
            self._proxy.tell("unit", self.number, text=unit.text, runs=unit.runs, status=self._status)
        else:
            self.go_on()

    def _send_along(self, data: bytes) -> None:
        """Send what nothing answers, as a Flush or a row, with what it belongs to."""
        if self._waiting:
            last = self._waiting.pop()
            self._waiting.append(replace(last, data=last.data + data))
        else:
            self._server.write(data)

    async def _answered(self, reader: asyncio.StreamReader) -> None:
        while True:
            kind, body = await _message(reader)
            if kind == "K":
                pid = int.from_bytes(body[:4], "big")
                self._proxy.tell("opened", self.number, pid=pid, door=self._door)
            if self._underway is None:
                # Of the start, or what the server says unasked.
                if kind == "Z":
                    self._status = body.decode()
                self._client.write(framed(kind, body))
            elif self._underway.take(kind, body):
                self._end(self._underway)
            elif self._underway.copies or not self._proxy.holds:
                self._client.write(bytes(self._underway.data))
                self._underway.data.clear()

    def _end(self, answered: Answered) -> None:
        self._underway, self._held = None, answered
        self._status, self._skips = answered.status or self._status, answered.skips
        if self._proxy.holds:
            self._proxy.tell("ended", self.number, status=self._status, sqlstate=answered.sqlstate)
        else:
            self.deliver()
            self.go_on()


async def _startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Return the startup message; encryption is refused, as nothing could be read then."""
    while True:
        head = await reader.readexactly(STARTING)
        length, code = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
        if code not in (TLS, GSS):
            return head + await reader.readexactly(length - STARTING)
        writer.write(b"N")


async def _message(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    head = await reader.readexactly(HEADER)
    return chr(head[0]), await reader.readexactly(int.from_bytes(head[1:], "big") - 4)


async def _main(descriptor: int, server: str, paths: list[str]) -> None:
    control = socket.socket(fileno=descriptor)
    commands, events = await asyncio.open_connection(sock=control)
    proxy = Proxy(server, events)
    told = json.loads(await commands.readline() or "null")
    entrance = Entrance(**told) if told else None
    for door, path in enumerate(paths):
        # The folder of the socket is ours alone.
        await asyncio.start_unix_server(partial(proxy.serve, door, None), path)
        if entrance:
            listening = await asyncio.start_server(partial(proxy.serve, door, entrance), "127.0.0.1")
            proxy.tell("listens", 0, door=door, port=listening.sockets[0].getsockname()[1])
    proxy.tell("ready", 0)
    while said := await commands.readline():
        command, _, number = said.decode().strip().partition(" ")
        proxy.obey(command, int(number or 0))


if __name__ == "__main__":
    _PATHS = sys.argv[3:]
    try:
        with contextlib.suppress(KeyboardInterrupt, ConnectionError):
            asyncio.run(_main(int(sys.argv[1]), sys.argv[2], _PATHS))
    finally:
        for path in _PATHS:
            shutil.rmtree(Path(path).parents[1], ignore_errors=True)
