"""Lets squawk read the migrations, where it is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from pytest_readiness.evidence.review import Remark, ReviewEvidence
from pytest_readiness.gather.store import EvidenceError
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

_WITHIN_S = 60.0
_MISSING = "squawk is not installed: pip install 'pytest-readiness[static]'"
_TRIED = (
    # What a migration does to a table with rows and writers is tried, and told by what it did.
    "require-lock-timeout",
    "require-statement-timeout",
    "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
    "prefer-robust-stmts",
    # Matters of style.
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-repack",
    "prefer-text-field",
    "prefer-timestamptz",
)
"""Rules that are left out."""


@gatherer(strength=Strength.SOURCE)
def review(target: Target) -> ReviewEvidence:
    """Read the files that were applied to the target.

    Raises:
        EvidenceError: The reader failed, or took too long.
    """
    migrations = [one for one in target.built.migrations.migrations if not one.dump and one.sql]
    if not migrations:
        return ReviewEvidence(absent=target.built.migrations.absent or "no migration is a file of SQL")
    reader = _reader()
    if reader is None:
        return ReviewEvidence(absent=_MISSING)
    names = tuple(one.name for one in migrations)
    options = ["--exclude", ",".join(_TRIED), "--reporter", "json"]
    own = target.settings.root / ".squawk.toml"
    options += ["--config", str(own)] if own.is_file() else []
    with tempfile.TemporaryDirectory() as folder:
        # What was applied is read, which may be a part of a file: lines count from its beginning.
        for number, one in enumerate(migrations):
            Path(folder, f"{number}.sql").write_text(one.sql, encoding="utf-8")
        said = _run([reader, "--version"], Path(folder)).strip()
        read = [f"{number}.sql" for number in range(len(names))]
        found = remarks(_run([reader, *options, "--", *read], Path(folder)))
    named = dict(zip(read, names, strict=True))
    return ReviewEvidence(said, names, tuple(replace(one, file=named[one.file]) for one in found))


def _reader() -> str | None:
    beside = Path(sys.executable).with_name("squawk")
    return str(beside) if beside.is_file() else shutil.which("squawk")


def _run(command: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_WITHIN_S,
            check=False,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EvidenceError("error", f"squawk could not be run: {error}") from None
    if done.returncode not in (0, 1):
        raise EvidenceError("error", f"squawk ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


def remarks(text: str) -> tuple[Remark, ...]:
    """Read the reporter's JSON, which counts lines from 0.

    Raises:
        EvidenceError: It is none.
    """
    try:
        return tuple(
            Remark(one["file"], one["line"] + 1, one["rule_name"], one["message"], one.get("help") or "")
            for one in json.loads(text)
        )
    except (ValueError, KeyError, TypeError) as error:
        raise EvidenceError("error", f"squawk said what is no report: {error}: {text[:200]}") from None
