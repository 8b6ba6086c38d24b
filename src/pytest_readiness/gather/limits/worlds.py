"""The kinds of time: a server whose clock moves, an emulated one, and the wall clock."""

from __future__ import annotations

import importlib
import os
import signal
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.vocabulary import Strength

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import redis

    from pytest_readiness.gather.limits.bench import Job, World
    from pytest_readiness.providers.redis.embedded import Embedded
    from pytest_readiness.providers.redis.server import RedisServer

_NOTICED_WITHIN = 5.0
_POLL = 0.001
_CLOSE = 0.0004
"""Seconds that the server's clock may lag: it reads the system's at most once a millisecond."""

MOVED = "a real server whose clock is moved"
EMULATED = "an emulated Redis in this process, its clock moved"
WALL = "a real server on the wall clock, with short windows"


class MovedWorld:
    """A real server of its own, which follows a clock that is moved, and so does this process."""

    technique = MOVED
    instant = True
    sockets = True
    ours = True

    def __init__(
        self, numbers: memoryview, launch: Callable[[Path | None], Embedded], variables: Mapping[str, str]
    ) -> None:
        self._numbers = numbers
        self.variables = variables
        self._launch = launch
        server = self._started(None)
        self.path = server.url.removeprefix("unix://")
        self._skew = 0.0
        self.passed = 0.0
        self.technique = f"{MOVED}: {server.version}, {server.provider}"
        self._watch = self.client()

    def _started(self, place: Path | None) -> RedisServer:
        server = self._launch(place).wait()
        assert server.running  # noqa: S101  it was started here
        self._running = server.running
        self.pid = server.running.pid
        return server

    def client(self) -> redis.Redis:
        """Connect anew."""
        from pytest_readiness.providers.redis import tapped

        return tapped.client(self.path)

    def now(self) -> float:
        """Return the time of Redis: this process's own, without the skew."""
        return time.time() - self._skew

    def move(self, seconds: float) -> None:
        """Let time pass, and return when Redis has noticed."""
        for slot in (0, 1):
            self._numbers[slot] += round(seconds * 1e9)
        self.passed += max(seconds, 0.0)
        deadline = time.monotonic() + _NOTICED_WITHIN
        while True:
            whole, micro = self._watch.time()
            if abs(self.now() - (whole + micro / 1e6)) < _CLOSE:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"Redis did not follow its clock within {_NOTICED_WITHIN:g} s")

    def skew(self, seconds: float) -> None:
        """Move the clock of this process alone."""
        self._numbers[1] += round((seconds - self._skew) * 1e9)
        self._skew = seconds

    def end(self) -> None:
        """Kill the server; its socket stays, and refuses."""
        os.kill(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + _NOTICED_WITHIN
        while self._running.alive:
            if time.monotonic() > deadline:
                raise TimeoutError(f"process {self.pid} did not end within {_NOTICED_WITHIN:g} s")
            time.sleep(_POLL)

    def begin(self) -> None:
        """Start another server at the same socket."""
        self._started(Path(self.path))
        self._watch.connection_pool.disconnect()


class EmulatedWorld:
    """An emulated server; one clock for it and for the application."""

    technique = EMULATED
    instant = True
    sockets = False
    ours = True
    path, pid = "", 0
    variables: Mapping[str, str] = {}

    def __init__(self, traveller: Any) -> None:  # noqa: ANN401  of an optional package
        self._emulator = importlib.import_module("fakeredis")
        self._server = self._emulator.FakeServer()
        self._traveller = traveller
        self.passed = 0.0

    def client(self) -> redis.Redis:
        """Connect anew."""
        client: redis.Redis = self._emulator.FakeRedis(server=self._server)
        return client

    def now(self) -> float:
        """Return the moved time."""
        return time.time()

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._traveller.shift(seconds)
        self.passed += max(seconds, 0.0)

    def skew(self, seconds: float) -> None:
        """Refuse: there is one clock for all."""
        raise NotImplementedError

    def end(self) -> None:
        """Refuse: there is no process."""
        raise NotImplementedError

    def begin(self) -> None:
        """Refuse, as `end` does."""
        raise NotImplementedError


class WallWorld:
    """A real server in true time."""

    technique = WALL
    instant = False
    sockets = False
    path, pid = "", 0
    variables: Mapping[str, str] = {}

    def __init__(self, url: str, *, ours: bool) -> None:
        self.ours = ours
        self._url = url
        self.passed = 0.0

    def client(self) -> redis.Redis:
        """Connect anew."""
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return redis.Redis.from_url(self._url, retry=Retry(NoBackoff(), 0), socket_timeout=5)

    def now(self) -> float:
        """Return the true time."""
        return time.time()

    def move(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(max(seconds, 0.0))

    def skew(self, seconds: float) -> None:
        """Refuse: nobody moves the clock of a machine."""
        raise NotImplementedError

    def end(self) -> None:
        """Refuse: the server may be somebody's."""
        raise NotImplementedError

    def begin(self) -> None:
        """Refuse, as `end` does."""
        raise NotImplementedError


def strength_of(technique: str) -> Strength:
    """Return how strong evidence is that was had so."""
    return Strength.SIMULATED if technique == EMULATED else Strength.ATTACKED


@contextmanager
def world_for(job: Job, clock: memoryview | None, variables: dict[str, str]) -> Iterator[World]:
    """Start what the job asks for.

    Args:
        job: Of the bench.
        clock: Numbers of a clock that this process follows; None where none can be had.
        variables: With which a server follows it too.

    Raises:
        ProviderError: There is no server, and no emulated one either.
    """
    from pytest_readiness.providers.clock import APPLICATION
    from pytest_readiness.providers.redis import embedded

    with ExitStack() as stack:
        if job.url:
            yield WallWorld(job.url, ours=False)
        elif job.choice == "fake" or clock is None:
            yield _emulated(stack) if job.choice == "fake" or _can_emulate() else _on_the_wall(stack)
        else:

            def launch(place: Path | None) -> Embedded:
                booting = embedded.launch(variables, place)
                stack.callback(booting.stop)
                return booting

            yield MovedWorld(clock, launch, {**variables, "READINESS_CLOCK_SLOT": str(APPLICATION)})


def _can_emulate() -> bool:
    from importlib.util import find_spec

    return all(find_spec(name) for name in ("fakeredis", "lupa", "time_machine"))


def _emulated(stack: ExitStack) -> EmulatedWorld:
    if not _can_emulate():
        raise ProviderError(
            "an emulated Redis",
            "fakeredis, lupa or time-machine is not installed",
            "pip install 'pytest-readiness[emulated]'",
        )
    travel = importlib.import_module("time_machine").travel
    return EmulatedWorld(stack.enter_context(travel(time.time(), tick=True)))


def _on_the_wall(stack: ExitStack) -> WallWorld:
    from pytest_readiness.providers.redis import start

    server = start("embedded")
    stack.callback(server.stop)
    return WallWorld(server.url, ours=True)
