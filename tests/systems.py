"""Small systems for tests on a real server: migrations in, target or records out."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Settings
from pytest_readiness.target.build import build, discard, project_files
from pytest_readiness.target.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_readiness.providers.postgres import PostgresServer
    from pytest_readiness.scoring.record import Record
    from pytest_readiness.target.build import Built
    from pytest_readiness.vocabulary import Finding

_serial = itertools.count()


def build_system(server: PostgresServer, root: Path, *migrations: str, **settings: object) -> Built:
    """Build a target from the texts of its migrations."""
    chosen = _settings(root, migrations, settings)
    return build(chosen, project_files(chosen), server, f"system{next(_serial)}")


@contextmanager
def system(server: PostgresServer, root: Path, *migrations: str, **settings: object) -> Iterator[Target]:
    """Build a target and yield it."""
    built = build_system(server, root, *migrations, **settings)
    directory = root / f"run{next(_serial)}"
    directory.mkdir()
    try:
        with Target(_settings(root, (), settings), built, directory, seed=0) as target:
            yield target
    finally:
        # The server lives as long as its process: what hundreds of tests leave would fill the memory.
        discard(built, server)


def judged(target: Target, check: str) -> Record:
    """Return what a built-in check says of a target."""
    declared = {c.spec.id: c for c in read_catalogue(Settings()).checks}[check]
    return evaluate(declared, target, open_store(target, target.run_directory))


def by_subject(record: Record) -> dict[str, Finding]:
    """Return findings by their subject."""
    return {finding.subject: finding for finding in record.findings}


def _settings(root: Path, migrations: tuple[str, ...], settings: dict[str, object]) -> Settings:
    folder = root / "migrations"
    if migrations:
        folder.mkdir(exist_ok=True)
        for number, text in enumerate(migrations, start=1):
            (folder / f"{number:03}.sql").write_text(text, encoding="utf-8")
    defaults = {"root": root, "profile": "supabase", "migrations": ("migrations",) if folder.is_dir() else ()}
    return replace(Settings(), **(defaults | settings))  # type: ignore[arg-type]  # checked by Settings
