"""Where a limiter is tried: a Redis of its own, a clock that moves, and callers."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import itertools
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pytest_readiness.evidence.admissions import Hit, Promise
from pytest_readiness.gather.limits.awaiting import Awaited, awaits
from pytest_readiness.providers.clock.preloaded.readiness_monotonic import follow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import redis

WALL = time.perf_counter
"""True seconds, whatever is moved."""

_MOMENT = 0.004
_NAMES = (
    "cost",
    "amount",
    "tokens",
    "weight",
    "n",
    "quantity",
    "count",
    "increment",
    "permits",
    "units",
    "points",
    "credits",
    "hits",
    "requests",
)


class World(Protocol):
    """A Redis and its time.

    Attributes:
        technique: For the reader of the report.
        instant: Whether time passes for nothing; else every wait is slept.
        sockets: Whether there are connections that can fail.
        ours: Whether the server was started for this.
        passed: Seconds that it was moved forward in all.
        path: Of the server's Unix socket, and the server's process; only where there are sockets.
        variables: With which another process of the application follows its clock.
    """

    technique: str
    instant: bool
    sockets: bool
    ours: bool
    passed: float
    path: str
    pid: int
    variables: Mapping[str, str]

    def client(self) -> redis.Redis:
        """Connect anew."""

    def now(self) -> float:
        """Return the time of Redis, in seconds since 1970."""

    def move(self, seconds: float) -> None:
        """Let time pass, or go back, and return when Redis has noticed."""

    def skew(self, seconds: float) -> None:
        """Move the clock of the application alone."""

    def end(self) -> None:
        """End the server, as a machine that fails does; only where there are sockets, and so is `begin`."""

    def begin(self) -> None:
        """Start another one at the same address, which knows nothing."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a bench is set up for.

    Attributes:
        name: Of the limiter.
        place: ``module:function``.
        path: Where modules are looked for, before all else.
        scenarios: Their names, in order.
        choice: The provider of Redis that settings ask for; empty for a URL.
        url: Of a given server.
        seed: What random schedules derive from.
    """

    name: str
    place: str
    path: tuple[str, ...]
    promise: Promise
    scenarios: tuple[str, ...]
    choice: str = "auto"
    url: str = ""
    seed: int = 0


class Bench:
    """A limiter in a world.

    Attributes:
        observer: A connection of our own, to look at what the limiter leaves in Redis.
    """

    def __init__(self, job: Job, world: World) -> None:
        self.job = job
        self.world = world
        self.promise = job.promise
        self._make = load(job)
        self._keys = itertools.count()
        self._sizes = {(self.promise.limit, self.promise.window): self.promise.burst}
        self._client = world.client()
        self.observer = world.client()

    @property
    def lab(self) -> tuple[int, float]:
        """Limit and window of most trials: small, and slow enough that a busy machine changes nothing."""
        return (10, 60.0) if self.world.instant else (10, 1.0)

    def fresh(self) -> str:
        """Return a key that nobody has used."""
        return f"caller-{next(self._keys)}"

    def learns(self, limit: int, window: float) -> bool:
        """Whether how many hits a limiter admits at once is seen of itself, and not declared."""
        return bool(self.promise.burst) and (limit, window) != (self.promise.limit, self.promise.window)

    def size(self, limit: int, window: float) -> int:
        """Return how many hits a limiter admits at once.

        Settings say so of one limit; how the burst of others follows from that is seen, and is no promise.
        """
        if not self.promise.burst:
            return limit
        if (limit, window) not in self._sizes:
            self.settle(window)
            most = 2 * max(limit, self.promise.burst)
            hits = self.saturate(self.limiter(limit, window), self.fresh(), most)
            self._sizes[limit, window] = sum(bool(hit.allowed) for hit in hits)
        return self._sizes[limit, window]

    def limiter(self, limit: int, window: float, client: redis.Redis | None = None) -> Any:  # noqa: ANN401  the project's own
        """Make a limiter, on a shared connection unless one is given."""
        connected = client or self._client
        limiter = self._make(connected, limit, window)
        if not awaits(limiter):
            return limiter
        return Awaited(lambda on_asyncio: self._make(on_asyncio, limit, window), connected)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.world.move(seconds)

    def rest(self, limit: int, window: float) -> None:
        """Wait until the whole budget is there again: two windows, or what refills a burst that is larger."""
        self.wait(max(2.0, self.size(limit, window) / limit) * window + _MOMENT)

    def until(self, moment: float) -> None:
        """Let time pass until a moment of the moved clock; it may be over already."""
        self.world.move(max(moment - self.world.now(), 0.0))

    def settle(self, window: float, share: float = 0.37) -> None:
        """Wait for a moment that is far from the ends of windows counted from 1970."""
        into = self.world.now() % window
        self.wait((share * window - into) % window)

    def hit(self, limiter: Any, key: str, cost: int = 1) -> Hit:  # noqa: ANN401  the project's own
        """Ask once."""
        start = self.world.now()
        try:
            answer = limiter.hit(key) if cost == 1 else limiter.hit(key, **{costs_by(limiter): cost})
            allowed = admits(answer)
        except Exception as error:  # noqa: BLE001  what the project's code raises is the observation
            return Hit(start, self.world.now(), None, cost=cost, error=said(error))
        return Hit(
            start,
            self.world.now(),
            allowed,
            _number(answer, "remaining"),
            _number(answer, "retry_after"),
            _number(answer, "reset_after"),
            cost,
        )

    def burst(self, limiter: Any, key: str, count: int) -> list[Hit]:  # noqa: ANN401  the same
        """Ask several times at once."""
        return [self.hit(limiter, key) for _ in range(count)]

    def restarted(self) -> None:
        """Start a server in place of one that has ended, and keep no connection of our own to that."""
        self.world.begin()
        for client in (self._client, self.observer):
            client.connection_pool.disconnect()

    def occupied(self) -> int:
        """Return how many bytes all state takes; only where there are sockets."""
        names: Any = self.observer.keys("*")
        sizes: list[Any] = [self.observer.memory_usage(name, samples=0) for name in names]
        return sum(size or 0 for size in sizes)

    def saturate(self, limiter: Any, key: str, most: int) -> list[Hit]:  # noqa: ANN401  the same
        """Ask until refused."""
        hits: list[Hit] = []
        while len(hits) < most and (not hits or hits[-1].allowed):
            hits.append(self.hit(limiter, key))
        return hits


def admits(answer: Any) -> bool:  # noqa: ANN401  the project's own
    """Read a decision: a yes or no, or something that has one.

    Raises:
        TypeError: It is neither.
    """
    if isinstance(answer, bool):
        return answer
    allowed = getattr(answer, "allowed", None)
    if allowed is None:
        raise TypeError(
            f"hit() returned {answer!r:.60}; expected a bool, or an object with `allowed` and, where it "
            "tells them, `remaining`, `retry_after` and `reset_after`"
        )
    return bool(allowed)


def said(error: BaseException) -> str:
    """Return an exception in words."""
    return f"{type(error).__name__}: {error}".strip()[:200]


def costs_by(limiter: Any) -> str:  # noqa: ANN401  the project's own
    """Return the name of the argument that says what a hit costs; empty when there is none."""
    with contextlib.suppress(TypeError, ValueError):
        parameters = inspect.signature(limiter.hit).parameters
        return next((name for name in _NAMES if name in parameters), "")
    return ""


def load(job: Job) -> Any:  # noqa: ANN401  the project's own function
    """Import the function that makes limiters."""
    for folder in reversed(job.path):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    module, _, function = job.place.partition(":")
    return getattr(importlib.import_module(module), function)


def _number(answer: Any, name: str) -> float | None:  # noqa: ANN401  the project's own
    value = getattr(answer, name, None)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


@contextlib.contextmanager
def monotonic_follows(world: World) -> Iterator[None]:
    """Let `time.monotonic` pass as the moved clock does, where that may be no clock of the process."""
    back = follow(lambda: round(world.passed * 1e9))
    try:
        yield
    finally:
        back()
