"""The reference system and its mutants, for tests: one target, and a copy of it for each mutant."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import readiness_reference
from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import load
from pytest_readiness.target.build import amended, build, discard, project_files
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Severity, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pytest_readiness.providers.postgres import PostgresServer
    from pytest_readiness.scoring.record import Record
    from pytest_readiness.vocabulary import Finding

MUTANTS = sorted(readiness_reference.MUTANTS.glob("*.sql"))
SETTINGS = load(readiness_reference.ROOT, readiness_reference.ROOT)
CHECKS = {declared.spec.id: declared for declared in read_catalogue(SETTINGS).checks}
RESIDUE = {name for name, declared in CHECKS.items() if declared.spec.severity is Severity.INFO}
"""What is open in nearly every database is open in this one."""

_KILLS = re.compile(r"^-- kills: (\w+)$", re.MULTILINE)
_NAMED = re.compile(r"^-- file: (\S+)$", re.MULTILINE)
"""What the migration is called, where its name is the defect."""
_serial = itertools.count()


def killer(mutant: Path) -> str:
    """Return the id of the check that has to fail."""
    found = _KILLS.search(mutant.read_text())
    assert found, mutant
    return found.group(1)


def judge_of(server: PostgresServer, root: Path) -> Callable[[Path | None, Iterable[str]], dict[str, Record]]:
    """Return what judges the reference system with a mutant as its last migration."""
    files = project_files(SETTINGS)
    base = build(SETTINGS, files, server, f"reference{next(_serial)}")

    def run(mutant: Path | None, ids: Iterable[str]) -> dict[str, Record]:
        number = next(_serial)
        directory = root / f"run{number}"
        directory.mkdir()
        text = mutant.read_text() if mutant else "-- sound as it is"
        named = _NAMED.search(text)
        built = amended(base, server, text, f"m{number}", named.group(1) if named else "")
        with Target(SETTINGS, built, directory, seed=0) as target:
            store = open_store(target, directory)
            records = {name: evaluate(CHECKS[name], target, store) for name in ids if name in CHECKS}
        discard(built, server)
        return records

    return run


def failures(record: Record) -> dict[str, Finding]:
    """Return what failed, by subject."""
    return {finding.subject: finding for finding in record.findings if finding.status is Status.FAILED}


def told(records: dict[str, Record]) -> dict[str, list[tuple[str, str, str]]]:
    """Return what did not pass, without the residue."""
    return {
        name: [
            (f.subject, f.status.value, f.detail) for f in record.findings if f.status is not Status.PASSED
        ]
        for name, record in records.items()
        if name not in RESIDUE
    }
