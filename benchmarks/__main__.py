"""Speed, as differences from bare pytest in the same run: `make bench`. It judges nothing: status 0."""

from __future__ import annotations

import argparse
import ast
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.projects import ROOT, empty_target, environment, one_empty_test, pytest_command
from benchmarks.rounds import MS, Line, interleaved, line, run

if TYPE_CHECKING:
    from collections.abc import Iterator

IDLE_MS, FIRST_QUERY_MS, FIRST_RUN_S, DEMO_S = 5, 150, 5, 10

_IMPORT = """
import time
import pytest
started = time.perf_counter()
import pytest_readiness.plugin
print(time.perf_counter() - started)
"""

_FIRST_RUN = """
import time
started = time.perf_counter()
import psycopg
from pytest_readiness.providers.postgres import start
server = start("embedded", run_id="bench")
with psycopg.connect(server.admin) as connection:
    connection.execute("select 1")
print(time.perf_counter() - started)
server.stop()
"""


def main() -> None:
    """Print all figures beside their targets."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="interleaved rounds (default: %(default)s)")
    rounds = max(2, parser.parse_args().rounds)
    print(
        f"Python {platform.python_version()}, pytest {version('pytest')}, {os.cpu_count()} CPUs, "
        f"load {os.getloadavg()[0]:.1f}; medians of {rounds} interleaved rounds, with their quartiles\n"
    )
    with tempfile.TemporaryDirectory(prefix="readiness-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root, the server runs as another account, which has to get to the cache
        for measure in (idle, first_query, first_run, demo):
            for found in measure(folder, rounds):
                print(found, flush=True)
            print()


def idle(folder: Path, rounds: int) -> Iterator[Line]:
    """Compare one empty test with the plugin installed and idle, and without it."""
    project = one_empty_test(folder / "idle")
    env = environment(folder)
    took: dict[str, list[float]] = {"bare": [], "installed": []}

    def arm(name: str, *arguments: str) -> float:
        done = run(pytest_command(*arguments), project, env)
        took[name].append(done.cpu)
        return done.wall

    bare, installed = interleaved(
        rounds * 2, lambda: arm("bare", "-p", "no:readiness"), lambda: arm("installed")
    )
    yield line("bare pytest, one empty test", None, [wall * MS for wall in bare], "ms")
    yield line("  the plugin installed and idle: more by", IDLE_MS, _more(bare, installed), "ms")
    yield line("  the same in CPU time", IDLE_MS, _more(took["bare"][1:], took["installed"][1:]), "ms")
    yield Line("  the same, the fastest round of each", IDLE_MS, (min(installed) - min(bare)) * MS, "ms")
    yield line("  the same as a ratio", None, [i / b for b, i in zip(bare, installed, strict=True)], "x")
    imports = [float(run([sys.executable, "-c", _IMPORT], folder, env).output) for _ in range(rounds)]
    yield line("  of it, importing the plugin", None, [seconds * MS for seconds in imports], "ms")


def first_query(folder: Path, rounds: int) -> Iterator[Line]:
    """Compare the time to the first answer of the server with the time to the start of a bare session."""
    project = empty_target(folder / "query")
    env = environment(folder, BENCH_TIMES=str(folder / "times"), PYTHONPATH=str(project))
    phases: list[dict[str, float]] = []

    def arm(*arguments: str) -> float:
        started = time.monotonic()
        run(pytest_command("-p", "bench_clock", *arguments), project, env)
        times: dict[str, float] = ast.literal_eval((folder / "times").read_text())
        if "first query" in times:
            phases.append({name: moment - started for name, moment in times.items()})
        return list(times.values())[-1] - started

    bare, answered = interleaved(rounds, lambda: arm("-p", "no:readiness"), lambda: arm("--readiness"))
    yield line("bare pytest, until its session starts", None, [took * MS for took in bare], "ms")
    yield line(
        "  with a server, until SELECT 1 is answered: more by", FIRST_QUERY_MS, _more(bare, answered), "ms"
    )
    before = statistics.median(bare)
    for name in phases[0]:
        now = statistics.median(phase[name] for phase in phases[1:])
        yield Line(f"    {name}", None, (now - before) * MS, "ms")
        before = now


def first_run(folder: Path, rounds: int) -> Iterator[Line]:
    """Measure the first run ever: nothing is unpacked yet, and there is no data directory to copy."""

    def arm(number: int) -> float:
        env = environment(folder, PYTEST_READINESS_CACHE=str(folder / f"cache{number}"))
        return float(run([sys.executable, "-c", _FIRST_RUN], folder, env).output)

    arm(-1)  # modules are compiled when they are installed, and here in the first round
    took = [arm(number) for number in range(max(2, rounds // 5))]
    yield line("first run ever, until SELECT 1 is answered", FIRST_RUN_S, took, "s")


def demo(folder: Path, rounds: int) -> Iterator[Line]:
    """Measure `make demo` as a person calls it, once all is installed."""
    command = ["make", "demo", f"VENV={os.path.relpath(sys.prefix, ROOT)}"]
    run(command, ROOT, environment(folder))  # installs what is missing
    took = [run(command, ROOT, environment(folder)).wall for _ in range(max(2, rounds // 5))]
    report = json.loads((ROOT / "readiness-report" / "readiness.json").read_text())
    yield line("make demo", DEMO_S, took, "s")
    for name, seconds in report["run"]["phases_s"].items():
        yield Line(f"    of the last: {name}", None, seconds, "s")


def _more(base: list[float], other: list[float]) -> list[float]:
    return [(more - less) * MS for less, more in zip(base, other, strict=True)]


main()
