"""All properties of the sound limiter on a real server, against what they would sleep on the wall clock."""

from __future__ import annotations

import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from pytest_readiness.evidence.admissions import Promise, Trial
from pytest_readiness.gather.limits.bench import Job
from pytest_readiness.gather.limits.scenarios import SCENARIOS
from pytest_readiness.gather.limits.trials import try_limiter

ROUNDS = 5
PLACE = "readiness_reference.services.limits:make_limiter"
PROMISE = Promise(10, 60.0, "sliding-window-log", on_redis_failure="refuse")


def attempt() -> tuple[float, float]:
    """Return seconds of true and of moved time; two processes, as a run has two shards."""
    started = time.perf_counter()
    jobs = [Job("it", PLACE, tuple(sys.path), PROMISE, tuple(SCENARIOS)[part::2]) for part in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        limiters = list(pool.map(try_limiter, jobs))
    seconds = time.perf_counter() - started
    hits = [seen.hits for limiter in limiters for seen in limiter.observations if isinstance(seen, Trial)]
    return seconds, sum(series[-1].end - series[0].start for series in hits if series)


def main() -> None:
    """Print the medians."""
    times = [attempt() for _ in range(ROUNDS)]
    seconds, moved = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"all properties of the sound sliding log: {seconds:.2f} s (bound: 3 s)")
    print(f"moved time: {moved:.0f} s, {moved / seconds:.0f} times as much")


if __name__ == "__main__":
    main()
