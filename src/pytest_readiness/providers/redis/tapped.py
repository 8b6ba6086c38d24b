"""A client of Redis whose commands can be counted, held and cut off, one at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio
from redis.asyncio.connection import Connection as AsyncConnection
from redis.asyncio.connection import UnixDomainSocketConnection as AsyncUnixDomainSocketConnection
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.connection import UnixDomainSocketConnection
from redis.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Callable

_local = threading.local()
_TIMEOUTS = ("socket_timeout", "socket_connect_timeout")


class Crashed(BaseException):
    """The process died here. No `except Exception` of the application may catch it."""


class _Tapped(UnixDomainSocketConnection):
    """Tells the tap of its thread before anything is sent, be it a command, a script or a pipeline."""

    def send_packed_command(self, command: Any, check_health: bool = True) -> Any:  # noqa: ANN401, FBT001, FBT002  the signature of the client
        tap: Callable[[], None] | None = getattr(_local, "tap", None)
        if tap is not None and not getattr(self, "_greeting", False):
            tap()
        return super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]

    def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002  the same
        # What a connection says when it opens is no command of the application.
        self._greeting = True
        try:
            super().on_connect_check_health(check_health)
        finally:
            self._greeting = False


class _TappedOnAsyncio(AsyncUnixDomainSocketConnection):
    """The same for asyncio: the thread is held, and with it its loop, which nobody else uses."""

    async def send_packed_command(self, command: Any, check_health: bool = True) -> None:  # noqa: ANN401, FBT001, FBT002  the signature of the client
        tap: Callable[[], None] | None = getattr(_local, "tap", None)
        if tap is not None and not getattr(self, "_greeting", False):
            tap()
        await super().send_packed_command(command, check_health)

    async def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002  the same
        self._greeting = True
        try:
            await super().on_connect_check_health(check_health)
        finally:
            self._greeting = False


class tapping:  # noqa: N801  used like a function
    """Call a function before each command that this thread sends, within a block."""

    def __init__(self, tap: Callable[[], None] | None) -> None:
        self._tap = tap

    def __enter__(self) -> None:
        _local.tap = self._tap

    def __exit__(self, *_: object) -> None:
        _local.tap = None


class Countdown:
    """Lets a number of commands through, then does something before each one that follows."""

    def __init__(self, commands: int, then: Callable[[], None]) -> None:
        self.sent = 0
        self._commands = commands
        self._then = then

    def __call__(self) -> None:
        """Count a command that is about to be sent."""
        self.sent += 1
        if self.sent > self._commands:
            self._then()


class Lockstep:
    """Makes threads advance together: none sends its next command before all others have sent theirs.

    A thread that ends leaves; one that does not come within the deadline is not waited for.
    """

    def __init__(self, threads: int, deadline_s: float = 0.25) -> None:
        self._threads = threads
        self._deadline = deadline_s
        self._waiting = 0
        self._round = 0
        self._condition = threading.Condition()

    def __call__(self) -> None:
        """Wait for the others."""
        with self._condition:
            mine = self._round
            self._waiting += 1
            together = self._waiting >= self._threads
            if together or not self._condition.wait_for(lambda: self._round != mine, self._deadline):
                self._release()

    def leave(self) -> None:
        """Take part no longer."""
        with self._condition:
            self._threads -= 1
            if self._waiting and self._waiting >= self._threads:
                self._release()

    def _release(self) -> None:
        self._waiting = 0
        self._round += 1
        self._condition.notify_all()


def client(path: str, timeout_s: float = 5.0) -> redis.Redis:
    """Return a client by Unix socket that does not retry by itself."""
    pool = redis.ConnectionPool(
        connection_class=_Tapped,
        path=path,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
    )
    return redis.Redis(connection_pool=pool)


def on_asyncio(client: redis.Redis) -> redis.asyncio.Redis:
    """Return a client of asyncio that reaches what a client of this module reaches.

    Raises:
        TypeError: It is another kind of client.
    """
    options = dict(client.connection_pool.connection_kwargs)
    options["retry"] = AsyncRetry(NoBackoff(), 0)
    kept = {"host", "port", "path", "db", "username", "password", "retry", *_TIMEOUTS}
    if not {"host", "path"} & options.keys():
        raise TypeError("a limiter on asyncio can be tried beside a real server only")
    pool = redis.asyncio.ConnectionPool(
        connection_class=_TappedOnAsyncio if "path" in options else AsyncConnection,
        **{name: value for name, value in options.items() if name in kept},
    )
    return redis.asyncio.Redis(connection_pool=pool)


def client_of_port(port: int, timeout_s: float) -> redis.Redis:
    """Return a client by a port of loopback that does not retry by itself."""
    return redis.Redis(
        host="127.0.0.1",
        port=port,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
    )
