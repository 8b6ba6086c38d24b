"""A client of Redis whose commands can be counted, held and cut off, one at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import redis
from redis.backoff import NoBackoff
from redis.connection import UnixDomainSocketConnection
from redis.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Callable

_local = threading.local()


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


def client_of_port(port: int, timeout_s: float) -> redis.Redis:
    """Return a client by a port of loopback that does not retry by itself."""
    return redis.Redis(
        host="127.0.0.1",
        port=port,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
    )
