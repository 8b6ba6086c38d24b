"""How often the sound reference raises no alarm at the edge: limits, health and webhooks, time after time.

All services of `services.toml` run as declared there, in two instances behind uvicorn. Each run builds the
target anew, from a seed of its own; whatever did not pass is shown, an unknown like a failure.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.providers.postgres import start
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import load
from pytest_readiness.target.build import build, project_files
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Status
from readiness_reference import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.catalogue import Declared
    from pytest_readiness.providers.postgres import PostgresServer
    from pytest_readiness.settings import Settings

AREAS = ("limits", "health", "webhooks")


def main() -> int:
    """Run as often as asked for; fail where any run is not clean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="?", type=int, default=20)
    parser.add_argument("--areas", nargs="+", choices=AREAS, default=AREAS)
    options = parser.parse_args()
    settings = load(ROOT, ROOT, ROOT / "services.toml")
    checks = [check for check in read_catalogue(settings).checks if check.area in options.areas]
    server = start("embedded", run_id="clean")
    try:
        clean = sum(_clean(checks, settings, server, number) for number in range(options.runs))
    finally:
        server.stop()
    print(f"{clean} of {options.runs} runs were clean")
    return int(clean < options.runs)


def _clean(checks: list[Declared], settings: Settings, server: PostgresServer, number: int) -> bool:
    """Judge once, tell of it, and say whether all passed."""
    started = time.perf_counter()
    built = build(settings, project_files(settings), server, f"clean{number}")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with Target(settings, built, Path(folder), seed=number) as target:
            found = list(_findings(checks, target))
    alarms = [text for status, text in found if status is not Status.PASSED]
    head = f"run {number + 1}: {len(found)} findings in {time.perf_counter() - started:.0f} s"
    print(head, *(alarms or ["clean"]), sep="\n  ", flush=True)
    return not alarms


def _findings(checks: list[Declared], target: Target) -> Iterator[tuple[Status, str]]:
    """Yield each finding's status and text; a check that found nothing is an alarm."""
    store = open_store(target, target.run_directory)
    for declared in checks:
        record = evaluate(declared, target, store)
        if not record.findings:
            yield Status.UNKNOWN, f"{declared.spec.id}: nothing was judged ({record.absent})"
        for finding in record.findings:
            text = f"{declared.spec.id} {finding.subject}: {finding.status.value}: {finding.detail}"
            yield finding.status, text


if __name__ == "__main__":
    sys.exit(main())
