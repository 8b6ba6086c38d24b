"""The time that endpoints are attacked in, with a Redis of its own."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_readiness.gather.limits.worlds import MOVED, WALL
from pytest_readiness.gather.store import EvidenceError
from pytest_readiness.providers.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

    import redis as redis_client

    from pytest_readiness.providers.clock import MovableClock
    from pytest_readiness.target.target import Target

_NOTICED_WITHIN = 3.0
_CLOSE = 0.001


class Era:
    """The time of a service and of its Redis: moved where it can be, else true.

    Attributes:
        url: Of its Redis.
        pid: Of its process, where it is this siege's alone; else 0.
        variables: With which a service follows its clock.
        technique: For the reader of the report.

    Args:
        target: Whose Redis serves where time is true.
        stack: That ends it.
        redis: Whether one is wanted.
        monotonic: Whether the monotonic clock of a service in Python goes along. Whoever watches over
            processes by that one may end them, so that it is moved only where it matters.
    """

    def __init__(
        self, target: Target, stack: ExitStack, *, redis: bool = True, monotonic: bool = False
    ) -> None:
        from pytest_readiness.providers.clock import SERVER, movable_clock
        from pytest_readiness.providers.redis import embedded, tapped

        self.variables: dict[str, str] = {}
        self.pid = 0
        self._clock: MovableClock | None = None
        self._watch: redis_client.Redis | None = None
        try:
            self._clock = movable_clock()
        except ProviderError as error:
            self.url = target.redis_url() if redis else ""
            self.technique = f"{WALL} ({error})"
            return
        stack.callback(self._clock.close)
        self.url, self.technique = "", MOVED
        self.variables = dict((self._clock.python if monotonic else self._clock.variables)(SERVER))
        if not redis:
            return
        booting = embedded.launch(self._clock.variables(SERVER))
        stack.callback(booting.stop)
        server = booting.wait()
        self.url = server.url
        self.pid = server.running.pid if server.running else 0
        self._watch = tapped.client(self.url.removeprefix("unix://"))

    @property
    def moves(self) -> bool:
        """Whether time can be moved."""
        return self._clock is not None

    def now(self) -> float:
        """Return the time of the service."""
        return time.time() + (self._clock.ahead() if self._clock else 0.0)

    def move(self, seconds: float) -> None:
        """Let time pass, and return when Redis has noticed."""
        if self._clock is None:
            time.sleep(seconds)
            return
        self._clock.move(seconds)
        if self._watch is None:
            return
        deadline = time.monotonic() + _NOTICED_WITHIN
        while True:
            whole, micro = self._watch.time()
            if abs(self.now() - whole - micro / 1e6) < _CLOSE:
                return
            if time.monotonic() > deadline:
                raise EvidenceError("inconclusive", "Redis does not follow its clock")

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Stop Redis within a block: it takes connections and answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def end(self) -> None:
        """End Redis, for good: its socket refuses."""
        os.kill(self.pid, signal.SIGKILL)
