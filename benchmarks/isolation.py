"""The isolation run on generated schemas, beside a public tool on the same database: `make bench-isolation`.

It judges nothing: status 0. With all sizes it takes minutes, most of them in the other tool.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.projects import environment, memory_plugin, pytest_command
from benchmarks.replay import recording, replay
from benchmarks.rlsautotest import VERSION, install, report
from benchmarks.rounds import Line, line, run
from benchmarks.schemas import project

from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import Preparation, open_store
from pytest_readiness.settings import load
from pytest_readiness.vocabulary import Severity, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.replay import Replay

    from pytest_readiness.target.target import Target

FASTER, REPLAYED, MEMORY_MB, TWO_WORKERS, GROWTH = 30, 3, 300, 1.6, 1.2
SIZES = "50,200,1000"


@dataclass(frozen=True, slots=True)
class Round:
    """One isolation run and one of the other tool, unless it is left out, on one server, in seconds."""

    ours: float
    theirs: float | None
    replayed: Replay


def main() -> None:
    """Print all figures beside their targets."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.isolation", description=__doc__)
    parser.add_argument("--sizes", default=SIZES, help="numbers of tables (default: %(default)s)")
    parser.add_argument("--alone", action="store_true", help="leave the other tool out, which takes longest")
    parser.add_argument("--rounds", type=int, default=1, help="rounds of each size (default: %(default)s)")
    options = parser.parse_args()
    sizes = sorted(int(size) for size in options.sizes.split(","))
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; "
        f"medians of {options.rounds} rounds; rlsautotest {VERSION}\n"
    )
    with tempfile.TemporaryDirectory(prefix="readiness-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root, the server runs as another account, which has to get to the cache
        command = None if options.alone else install()
        for found in measured(folder, sizes, options.rounds, command):
            print(found, flush=True)


def measured(folder: Path, sizes: list[int], rounds: int, command: Path | None) -> Iterator[Line]:
    """Measure all sizes, then what grows with them, then the commands that a person calls."""
    costs = {}
    for size in sizes:
        root = project(folder / f"tables{size}", size)
        done = [one_round(root, size, command) for _ in range(rounds)]
        costs[size] = statistics.median(one.ours for one in done) / size
        yield from compared(size, done)
    if len(sizes) > 1:
        more = costs[sizes[-1]] / costs[sizes[-2]]
        yield Line(f"cost of a table among {sizes[-1]} against among {sizes[-2]}", GROWTH, more, "x")
    yield from commands(folder, sizes, rounds)


def compared(size: int, rounds: list[Round]) -> Iterator[Line]:
    """Set our figures beside the other tool's, and beside the floor."""
    last = rounds[-1].replayed
    yield line(f"isolation of {size} tables", None, [one.ours for one in rounds], "s")
    theirs = [(one.theirs, one.ours) for one in rounds if one.theirs is not None]
    if theirs:
        yield line("  rlsautotest --report", None, [their for their, _ in theirs], "s")
        faster = [their / our for their, our in theirs]
        yield line("  ours is faster by", FASTER, faster, "x", least=True)
    yield line("  its attempts in one pipeline", None, [one.replayed.seconds for one in rounds], "s")
    floor = [one.ours / one.replayed.seconds for one in rounds]
    yield line("  ours against that pipeline", REPLAYED, floor, "x")
    if last.different:
        print(f"  {last.different} of {last.attempts} attempts came to something else when replayed")


def one_round(root: Path, size: int, command: Path | None) -> Round:
    """Run both on one server; what ours attempted is replayed where it was attempted."""
    with built(root) as preparation, preparation.target() as target:
        with recording() as recorded:
            ours = isolation_run(target)
        replayed = replay(recorded)
        theirs = None
        if command and preparation.server:
            database = target.database()
            conninfo = preparation.server.conninfo(database=database.info.dbname)
            theirs = report(command, database, conninfo, size)
    return Round(ours, theirs, replayed)


@contextmanager
def built(root: Path) -> Iterator[Preparation]:
    """Start a server and build a project's target in it."""
    preparation = Preparation.begin(load(root, root))
    try:
        preparation.finish()
        yield preparation
    finally:
        preparation.end()


def isolation_run(target: Target) -> float:
    """Evaluate all checks of isolation; return seconds.

    Raises:
        RuntimeError: A check is unknown, or blames a sound schema.
    """
    checks = [c for c in read_catalogue(target.settings).checks if c.area == "isolation"]
    started = time.perf_counter()
    store = open_store(target, target.run_directory)
    records = {check: evaluate(check, target, store) for check in checks}
    took = time.perf_counter() - started
    for check, record in records.items():
        bad = [f for f in record.findings if f.status is not Status.PASSED]
        if bad and check.spec.severity is not Severity.INFO:
            raise RuntimeError(f"{check.spec.id} says of a sound schema: {bad[0].subject}: {bad[0].detail}")
    return took


def commands(folder: Path, sizes: list[int], rounds: int) -> Iterator[Line]:
    """Measure whole commands of the largest size, in one process and in two.

    One process gathers shards side by side too, unless it is told that it has but one CPU.
    """
    small, large = (folder / f"tables{size}" for size in (sizes[0], sizes[-1]))
    plugin, peaks = memory_plugin(folder / "plugin"), folder / "peaks"
    env = environment(folder, PYTHONPATH=str(plugin), BENCH_MEMORY=str(peaks))
    bare = ("-p", "bench_memory", "--readiness")
    one_by_one = {"PYTEST_XDIST_WORKER_COUNT": str(os.cpu_count())}
    arms: dict[str, tuple[list[str], dict[str, str]]] = {
        "-n0": (pytest_command(*bare), {}),
        "-n0, one shard at a time": (pytest_command(*bare), one_by_one),
        "-n2": (pytest_command(*bare, "-n", "2", keep=frozenset({"xdist"})), {}),
    }
    took: dict[str, list[float]] = {name: [] for name in arms}
    memory: dict[str, list[float]] = {name: [] for name in arms}
    for command, extra in arms.values():
        run(command, small, env | extra)  # modules are compiled in the first round
    for _ in range(rounds):
        for name, (command, extra) in arms.items():
            peaks.write_text("")
            took[name].append(run(command, large, env | extra).wall)
            memory[name].append(max(float(peak) for peak in peaks.read_text().split()))
    for name in arms:
        yield line(f"whole command, {sizes[-1]} tables, {name}", None, took[name], "s")
        yield line("  peak memory of a process", MEMORY_MB, memory[name], "MB")
    for name in ("-n0", "-n0, one shard at a time"):
        faster = [one / two for one, two in zip(took[name], took["-n2"], strict=True)]
        yield line(f"  -n2 is faster than {name} by", TWO_WORKERS, faster, "x", least=True)


if __name__ == "__main__":
    main()
