"""The driver of the load on a wallet beside pgbench, on the same calls: `make bench-load`.

pgbench sends each transaction as a pipeline of prepared statements, which is the most that it can do.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.rounds import interleaved, line

import readiness_reference
from pytest_readiness.gather.wallet.clients import MOST, READ_EVERY, SNAPSHOT, opened
from pytest_readiness.gather.wallet.scenarios import Scenario
from pytest_readiness.gather.wallet.teller import Teller
from pytest_readiness.gather.wallet.worlds import Supply
from pytest_readiness.providers.postgres import start
from pytest_readiness.settings import load
from pytest_readiness.target.build import amended, build, discard, project_files
from pytest_readiness.target.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.providers.postgres import PostgresServer
    from pytest_readiness.target.build import Built

ROUNDS, SECONDS, CLIENTS, LETTERS = 5, 3, (1, 4, 8), "abcd"
SHARE, FUNDS = 0.85, "1000000"
_OWN = load(readiness_reference.ROOT, readiness_reference.ROOT)
# Reconciliation reads a ledger that grows, so that whoever is faster would pay for it.
SETTINGS = replace(_OWN, wallet=replace(_OWN.wallet, reconcile=""))
_TPS = re.compile(r"tps = ([0-9.]+)")


def main() -> None:
    """Print the share of pgbench's rate that the driver reaches, for each number of clients."""
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; medians of {ROUNDS} rounds\n")
    server = start("embedded", run_id="bench")
    try:
        bank = Bank(server, build(SETTINGS, project_files(SETTINGS), server, "bench"))
        for clients in CLIENTS:
            ours, theirs = interleaved(
                ROUNDS, partial(bank.driver, clients), partial(bank.pgbench, clients, _programs(server))
            )
            shares = [mine / other for mine, other in zip(ours, theirs, strict=True)]
            print(line(f"transfers, of those of pgbench, {clients} clients", SHARE, shares, "x", least=True))
            print(line("  transfers a second", None, ours, ""), flush=True)
    finally:
        server.stop()


def _programs(server: PostgresServer) -> Path:
    """Return where the programs of a running server lie."""
    if server.running is None:
        raise RuntimeError("the server is not ours")
    return Path(f"/proc/{server.running.pid}/exe").resolve().parent


@dataclass(frozen=True, slots=True)
class Bank:
    """A wallet to be copied for each measurement."""

    server: PostgresServer
    base: Built

    def driver(self, clients: int) -> float:
        """Return transfers a second of our own clients."""
        with self._opened() as (target, teller, wallets):
            callers = opened(target, teller, wallets, range(clients))
            started = time.monotonic()
            with ThreadPoolExecutor(clients) as threads:
                list(threads.map(lambda caller: caller.work(10**9, started + SECONDS), callers))
            return sum(len(caller.moves) for caller in callers) / (time.monotonic() - started)

    def pgbench(self, clients: int, programs: Path) -> float:
        """Return transfers a second of the same calls by pgbench.

        Raises:
            RuntimeError: It failed.
        """
        with self._opened() as (_, teller, wallets), tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "transfers.sql"
            script.write_text(_script(teller, list(wallets.values())))
            done = subprocess.run(
                [
                    *(programs / "pgbench", "--no-vacuum", "--protocol=prepared", f"--file={script}"),
                    *(f"--client={clients}", f"--jobs={clients}", f"--time={SECONDS}"),
                    self.server.conninfo(database=teller.connection.info.dbname),
                ],
                env=os.environ | {"LD_LIBRARY_PATH": str(programs.parent / "lib")},
                capture_output=True,
                text=True,
                check=False,
            )
        rate = _TPS.search(done.stdout)
        if done.returncode or rate is None:
            raise RuntimeError(f"pgbench failed:\n{done.stdout}{done.stderr}")
        return float(rate[1]) * READ_EVERY

    @contextmanager
    def _opened(self) -> Iterator[tuple[Target, Teller, dict[str, str]]]:
        """Give wallets on a fresh copy, and who made them."""
        built = amended(self.base, self.server, "select 1", "load")
        with tempfile.TemporaryDirectory() as folder, Target(SETTINGS, built, Path(folder), 0) as target:
            teller = Teller(target)
            scenario = Scenario("load", tuple((letter, FUNDS, letter) for letter in LETTERS), ())
            yield target, teller, Supply(teller, scenario, ahead=1).take().wallets
        discard(built, self.server)


def _script(teller: Teller, wallets: list[str]) -> str:
    """Return what a client of ours does between two whole reads, and one of them."""
    ids = "(array[" + ",".join(f"'{wallet}'" for wallet in wallets) + "]::uuid[])"
    names = {"source": "@s", "destination": "@d", "amount": "@a", "key": "@k"}
    transfer = teller.rendered("transfer", names)
    for name, value in (
        ("@s", f"{ids}[:s]"),
        ("@d", f"{ids}[:d]"),
        ("@a", ":a"),
        ("@k", "gen_random_uuid()::text"),
    ):
        transfer = transfer.replace(f"'{name}'", value)
    drawn = (
        f"\\set s random(1, {len(wallets)})\n\\set a random(1, {MOST})\n"
        f"\\set d 1 + (:s + random(0, {len(wallets) - 2})) % {len(wallets)}\n"
    )
    reads = ";\n".join(teller.rendered("balance", {"wallet": wallet}) for wallet in wallets)
    move = drawn + _piped(teller.batch(f"{transfer};\ncommit;"))
    return move * READ_EVERY + _piped(teller.batch(f"{reads};\ncommit;", SNAPSHOT))


def _piped(batch: bytes) -> str:
    return f"\\startpipeline\n{batch.decode().strip()}\n\\endpipeline\n"


if __name__ == "__main__":
    main()
