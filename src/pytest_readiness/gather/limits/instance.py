"""A process of its own that asks a limiter for one key, as a container of the application would.

It reads what to ask from its standard input, and writes how many hits were admitted, or what was raised.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pytest_readiness.gather.limits.bench import Bench, admits, said
from pytest_readiness.providers.redis import tapped

if TYPE_CHECKING:
    import redis

    from pytest_readiness.gather.limits.bench import Job, World


_ENDS_WITHIN_S = 25
"""One that hangs ends itself: whoever started it may be ended first."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What is asked of whom.

    Attributes:
        path: Of the socket of Redis.
    """

    job: Job
    path: str
    limit: int
    window: float
    key: str
    hits: int


@dataclass(frozen=True, slots=True)
class _Visited:
    path: str

    def client(self) -> redis.Redis:
        return tapped.client(self.path)


def main() -> None:
    """Run one errand; the first process of a container has the process id 1."""
    errand: Errand = pickle.loads(sys.stdin.buffer.read())  # noqa: S301  of the process that started this one
    os.getpid = lambda: 1
    signal.alarm(_ENDS_WITHIN_S)
    answer: int | str
    try:
        bench = Bench(errand.job, cast("World", _Visited(errand.path)))
        limiter: Any = bench.limiter(errand.limit, errand.window)
        answer = sum(admits(limiter.hit(errand.key)) for _ in range(errand.hits))
    except Exception as error:  # noqa: BLE001  an observation
        answer = said(error)
    os.write(int(sys.argv[1]), json.dumps(answer).encode())
    os._exit(0)  # threads of a limiter that hangs are not waited for


if __name__ == "__main__":
    main()
