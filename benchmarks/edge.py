"""Limiters, endpoints and health checks of the reference, on real servers: seconds beside their targets.

`--real` asks the health checks with the budgets that the seed declares, 5 s and 3 s, unscaled.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import readiness_reference
from pytest_readiness.evidence.admissions import Promise, Trial
from pytest_readiness.gather.endpoints.sieges import besieged
from pytest_readiness.gather.health.examination import examined
from pytest_readiness.gather.limits.bench import Job
from pytest_readiness.gather.limits.scenarios import SCENARIOS
from pytest_readiness.gather.limits.trials import try_limiter
from pytest_readiness.providers.postgres import start
from pytest_readiness.settings import Health, Http, Limit, Service, Settings
from pytest_readiness.target.build import build, project_files
from pytest_readiness.target.target import Target
from readiness_reference.services.limited import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMITER_S, ENDPOINT_S, HEALTH_S = 3.0, 2.0, 8.0
PLACE = "readiness_reference.services.limits:make_limiter"
PROMISE = Promise(10, 60.0, "sliding-window-log", on_redis_failure="refuse")
ENVIRONMENT = {
    "DATABASE_URL": "{database_url}",
    "REDIS_URL": "{redis_url}",
    "API_KEYS": "key-one key-two",
    "DATABASE_BUDGET_S": "{budget.database}",
    "REDIS_BUDGET_S": "{budget.redis}",
}


def limiter() -> float:
    """Try all properties, in two processes as a run with two shards does; return seconds of moved time."""
    jobs = [Job("it", PLACE, tuple(sys.path), PROMISE, tuple(SCENARIOS)[part::2]) for part in (0, 1)]
    with ThreadPoolExecutor(2) as pool:
        limiters = list(pool.map(try_limiter, jobs))
    hits = [seen.hits for tried in limiters for seen in tried.observations if isinstance(seen, Trial)]
    assert not any(tried.unseen for tried in limiters)
    return sum(series[-1].end - series[0].start for series in hits if series)


def endpoint(target: Target, path: str, service: Service) -> None:
    """Attack one endpoint of the reference."""
    http = Http(service.name, path, "GET", "x-api-key", ("key-one", "key-two"), work="GET /_work")
    declared = Limit(path, LIMITS[path], guarantee="sliding-window-log", on_redis_failure="refuse", http=http)
    target.settings = replace(target.settings, services=(service,), limits=(declared,))
    assert not besieged(target, declared).broken


def health(target: Target, scale: float) -> None:
    """Let each dependency of the reference fail in each way."""
    service = _service("health")
    declared = Health(
        ("health",),
        liveness="/health/liveness",
        readiness="/health/readiness",
        required={"database": 5.0},
        optional={"redis": 3.0},
        scale=scale,
    )
    target.settings = replace(target.settings, services=(service,), health=declared)
    assert examined(target, declared, "health").probes


def _service(name: str, **options: object) -> Service:
    app = f"readiness_reference.services.{name}:app"
    return replace(Service(name, app=app, env=ENVIRONMENT, ready="/_work"), **options)  # type: ignore[arg-type]


@contextmanager
def _target(folder: Path) -> Iterator[Target]:
    server = start("embedded", run_id="bench")
    try:
        settings = replace(Settings(), root=readiness_reference.ROOT, profile="supabase", migrations=())
        with Target(settings, build(settings, project_files(settings), server, "bench"), folder, 0) as target:
            yield target
    finally:
        server.stop()


def measured(what: str, goal: float, rounds: int, work: Callable[[], object]) -> None:
    """Print the median of some rounds beside its target, and what of it was spent on a core."""
    walls, cores = [], []
    for _ in range(rounds):
        before, started = _cpu(), time.perf_counter()
        work()
        walls.append(time.perf_counter() - started)
        cores.append(_cpu() - before)
    seconds = statistics.median(walls)
    print(
        f"{what:<58} {seconds:6.2f} s  target {goal:g} s  ratio {seconds / goal:.2f}  "
        f"({statistics.median(cores):.2f} s of a core)"
    )


def _cpu() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def main() -> None:
    """Print all figures beside their targets."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.edge", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--real", action="store_true", help="health with unscaled budgets too")
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; "
        f"medians of {options.rounds} rounds\n"
    )
    moved: list[float] = []
    measured(
        "all properties of the sound sliding log",
        LIMITER_S,
        options.rounds,
        lambda: moved.append(limiter()),
    )
    print(f"{'':<58} {moved[-1]:6.0f} s of moved time, which would be slept on the wall clock")
    with tempfile.TemporaryDirectory(prefix="readiness-bench-") as name, _target(Path(name)) as target:
        for path, limit in LIMITS.items():
            service = _service("limited", transport="asgi")
            what = f"endpoint contract in ASGI, {path}, limit {limit}"
            measured(what, ENDPOINT_S, options.rounds, lambda p=path, s=service: endpoint(target, p, s))  # type: ignore[misc]
        two = _service("limited", instances=2)
        what = "the same by uvicorn, two instances, /agent, limit 30"
        measured(what, ENDPOINT_S, options.rounds, lambda: endpoint(target, "/agent", two))
        measured(
            "health contract, budgets of 5 s and 3 s times 0.14", HEALTH_S, 1, lambda: health(target, 0.14)
        )
        if options.real:
            measured(
                "health contract, budgets of 5 s and 3 s", HEALTH_S / 0.14, 1, lambda: health(target, 1.0)
            )


if __name__ == "__main__":
    main()
