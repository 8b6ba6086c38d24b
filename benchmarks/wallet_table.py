"""Which technique kills which wrong wallet, in how many runs and how long: `make wallet-table`."""

from __future__ import annotations

import itertools
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.projects import ROOT

import readiness_reference
from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.evidence.load import LoadEvidence
from pytest_readiness.evidence.wallet import (
    CrashEvidence,
    LedgerEvidence,
    TimeoutEvidence,
    WalletEvidence,
)
from pytest_readiness.gather.wallet.between.explorer import BetweenExplorer
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.judges.wallet.meetings import STRICT
from pytest_readiness.judges.wallet.serial import deadlocked, explained
from pytest_readiness.providers.postgres import start
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import load
from pytest_readiness.target.build import Files, build, discard, project_files
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.wallet import Exploration
    from pytest_readiness.gather.store import Store
    from pytest_readiness.providers.postgres import PostgresServer
    from pytest_readiness.settings import Settings

    Technique = Callable[[Target, Store], tuple[bool, int]]

PAGE = ROOT / "docs" / "wallet-techniques.md"
CASES = ROOT / "fixtures" / "cases" / "wallet"
_serial = itertools.count()
REFERENCE = ("WAL009", "WAL010", "WAL011", "WAL012", "WAL013", "WAL014")
_HEAD = """# What kills a wrong wallet

Written by `make wallet-table`; do not edit. Each wrong wallet stands against each technique alone: the runs
and the time until it was killed; in brackets the runs that were made in vain. Times are those of one busy
machine and compare within a line, not beyond. Both sets of wallets were written beside the techniques, so
that this is no rate of detection.

| technique | what is done | checks |
|---|---|---|
| trials | one call after the other, and the ledger afterwards | WAL001 to WAL008 |
| COMMIT | two and three sessions, each call held before its COMMIT | WAL009, WAL010 |
| statements | two sessions, one of them held once between two statements of its functions | WAL012 |
| crash | connections lost before, at and after COMMIT, and the call made again | WAL011 |
| limits | time limits that strike, and a call after them | WAL013 |
| load | transfers of several clients at once, and reads of all wallets | WAL014 |

| wallet | {names} |
|---|{lines}|
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one technique made of one wallet: runs until it was killed, or all that were made."""

    killed: bool
    runs: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.runs}, {self.seconds:.1f} s" if self.killed else f"({self.runs})"


def main() -> None:
    """Judge all wallets and write the page."""
    server = start("embedded", run_id="table")
    try:
        rows = list(_rows(server))
    finally:
        server.stop()
    head = _HEAD.format(names=" | ".join(TECHNIQUES), lines="|".join("---" for _ in TECHNIQUES))
    lines = [f"| {name} | {' | '.join(str(cell) for cell in cells)} |" for name, cells in rows]
    PAGE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(rows)} wallets: {PAGE.relative_to(ROOT)}")


def _rows(server: PostgresServer) -> Iterator[tuple[str, list[Cell]]]:
    for settings, sound, wrong in _wallets():
        for path in (None, *wrong):
            name = path.stem if path else f"sound: {settings.root.name}"
            files = replace(sound, migrations=(*sound.migrations, *([path] if path else [])))
            yield name, [_cell(run, settings, files, server) for run in TECHNIQUES.values()]
            print(name, flush=True)


def _wallets() -> Iterator[tuple[Settings, Files, list[Path]]]:
    """Yield the settings and files of each sound wallet, and the files that make wrong ones of it."""
    settings = replace(load(CASES, CASES), profile="postgres", root=CASES)
    sound = (CASES / "sound.sql", CASES / "changed.sql")
    yield settings, Files((), sound, ()), sorted(set(CASES.glob("*.sql")) - set(sound))
    settings = load(readiness_reference.ROOT, readiness_reference.ROOT)
    named = [path for path in readiness_reference.MUTANTS.glob("WAL*.sql") if path.stem.startswith(REFERENCE)]
    yield settings, project_files(settings), sorted(named)


def _cell(run: Technique, settings: Settings, files: Files, server: PostgresServer) -> Cell:
    """Try one technique on a wallet built anew."""
    built = build(settings, files, server, f"cell{next(_serial)}")
    broken = [migration.failure for migration in built.migrations.migrations if migration.failure]
    if broken:
        raise RuntimeError(f"{files.migrations[-1]} does not apply: {broken[0]}")
    with tempfile.TemporaryDirectory() as folder, Target(settings, built, Path(folder), seed=0) as target:
        started = time.perf_counter()
        killed, runs = run(target, open_store(target, Path(folder)))
        cell = Cell(killed, runs, time.perf_counter() - started)
    discard(built, server)
    return cell


def _trials(target: Target, store: Store) -> tuple[bool, int]:
    killed = _fails(target, store, *(f"WAL00{number}" for number in range(1, 9)))
    ledger = store.get(LedgerEvidence)
    return killed, len(store.get(WalletEvidence).trials) + len(ledger.writes) + len(ledger.tampering)


def _commit(target: Target, _: Store) -> tuple[bool, int]:
    return _explored(Explorer(target).explored(scenarios(target.settings.wallet)))


def _statements(target: Target, _: Store) -> tuple[bool, int]:
    two = (one for one in scenarios(target.settings.wallet) if len(one.sessions) == 2)  # noqa: PLR2004  pairs
    return _explored(BetweenExplorer(target).explored(two))


def _explored(explorations: Iterator[Exploration]) -> tuple[bool, int]:
    runs = 0
    for exploration in explorations:
        runs += exploration.runs
        dead = exploration.opposite and exploration.level in STRICT
        if any(o.replays and (not explained(o) or (dead and deadlocked(o))) for o in exploration.observed):
            return True, runs
    return False, runs


def _crash(target: Target, store: Store) -> tuple[bool, int]:
    return _fails(target, store, "WAL011"), len(store.get(CrashEvidence).trials)


def _limits(target: Target, store: Store) -> tuple[bool, int]:
    return _fails(target, store, "WAL013"), len(store.get(TimeoutEvidence).trials)


def _load(target: Target, store: Store) -> tuple[bool, int]:
    return _fails(target, store, "WAL014"), len(store.get(LoadEvidence).moves)


def _fails(target: Target, store: Store, *checks: str) -> bool:
    known = {declared.spec.id: declared for declared in read_catalogue(target.settings).checks}
    records = [evaluate(known[check], target, store) for check in checks]
    return any(finding.status is Status.FAILED for record in records for finding in record.findings)


TECHNIQUES = {
    "trials": _trials,
    "COMMIT": _commit,
    "statements": _statements,
    "crash": _crash,
    "limits": _limits,
    "load": _load,
}

if __name__ == "__main__":
    main()
