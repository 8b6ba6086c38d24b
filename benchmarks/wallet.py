"""The wallet of the reference under every schedule, and one schedule alone: `make bench-wallet`."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rounds import MS, Line, line

import readiness_reference
from pytest_readiness.evidence.wallet import BetweenEvidence, InterleavingEvidence
from pytest_readiness.judges.wallet.replays import read
from pytest_readiness.providers.postgres import start
from pytest_readiness.run.prepare import open_store
from pytest_readiness.run.replay import replayed
from pytest_readiness.settings import load
from pytest_readiness.target.build import amended, build, discard, project_files
from pytest_readiness.target.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.providers.postgres import PostgresServer
    from pytest_readiness.settings import Settings
    from pytest_readiness.target.build import Built

ROUNDS, REPLAYS = 3, 30
HOLD_S, BETWEEN_S, REPLAY_MS = 2, 15, 100
WRONG = readiness_reference.MUTANTS / "WAL009_nothing_locked.sql"
COUNTEREXAMPLE = "hold/two-spend-from-one-wallet/read-committed/0101"
SETTINGS = load(readiness_reference.ROOT, readiness_reference.ROOT)
EVERY = replace(SETTINGS.wallet, held_between=("read committed", "repeatable read", "serializable"))


def main() -> None:
    """Print all figures beside their targets."""
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; medians of {ROUNDS} rounds\n")
    server = start("embedded", run_id="bench")
    try:
        base = build(SETTINGS, project_files(SETTINGS), server, "bench")
        for found in (*exploration(server, base), *counterexample(server, base)):
            print(found, flush=True)
    finally:
        server.stop()


def exploration(server: PostgresServer, base: Built) -> Iterator[Line]:
    """Explore the sound wallet on fresh copies, with as many shards side by side as a run has."""
    techniques: dict[str, tuple[int, type[InterleavingEvidence | BetweenEvidence], Settings]] = {
        "held before COMMIT": (HOLD_S, InterleavingEvidence, SETTINGS),
        "held between statements": (BETWEEN_S, BetweenEvidence, SETTINGS),
        "the same at every level": (BETWEEN_S, BetweenEvidence, replace(SETTINGS, wallet=EVERY)),
    }
    for name, (target_s, kind, settings) in techniques.items():
        took, rates, runs = [], [], 0
        for number in range(ROUNDS):
            built = amended(base, server, "select 1", f"round{number}")
            with tempfile.TemporaryDirectory() as folder, Target(settings, built, Path(folder), 0) as target:
                store = open_store(target, Path(folder))
                started = time.perf_counter()
                found = store.get(kind)
                took.append(time.perf_counter() - started)
            runs = sum(exploration.runs for exploration in found.explorations)
            rates.append(runs / took[-1])
            discard(built, server)
        yield line(f"clean exploration, {name}, {runs} runs", target_s, took, "s")
        yield line("  runs in a second", None, rates, "")


def counterexample(server: PostgresServer, base: Built) -> Iterator[Line]:
    """Replay what breaks a wallet that locks nothing, the orders it is compared with not counted."""
    built = amended(base, server, WRONG.read_text(), "wrong")
    with tempfile.TemporaryDirectory() as folder, Target(SETTINGS, built, Path(folder), seed=0) as target:
        times = [replayed(target, read(COUNTEREXAMPLE), REPLAYS) for _ in range(2)]
    alike = statistics.median(found.observed.replays for found in times)
    yield line("replay of a counterexample", REPLAY_MS, [found.seconds * MS for found in times], "ms")
    yield Line(f"  of {REPLAYS} replays ended alike", None, alike, "")


if __name__ == "__main__":
    main()
