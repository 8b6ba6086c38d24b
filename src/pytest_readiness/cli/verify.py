"""Tells whether a report may be relied on: a consumer has to fail closed when the run did not happen."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from typing import TYPE_CHECKING, Any

from pytest_readiness.report.incomplete import SCHEMA_VERSION
from pytest_readiness.settings import load
from pytest_readiness.target.build import project_files, target_digest
from pytest_readiness.target.order import MissingFilesError
from pytest_readiness.target.profiles import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pytest_readiness.settings import Settings


def problems(path: Path, here: Path, config: Path | None, max_age_h: float | None) -> list[str]:
    """Return all that is wrong with a report; nothing when it can be relied on.

    Args:
        path: The report.
        here: A folder of the project; its commit and settings must be the report's.
        config: Settings file; found from ``here`` when None.
        max_age_h: Hours after which a report is too old; None for no limit.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        return [
            *_form(report),
            *_currency(report, here, config, max_age_h, dt.datetime.now(dt.UTC)),
        ]
    except OSError as error:
        return [f"{path} cannot be read: {error.strerror}"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return [f"{path} is no report of this tool: {type(error).__name__}: {error}"]


def _form(report: Mapping[str, Any]) -> Iterator[str]:
    if report["schema_version"] != SCHEMA_VERSION:
        yield f"schema_version is {report['schema_version']}, and {SCHEMA_VERSION} is expected"
        return
    if not report["run"]["complete"]:
        yield "the run did not come to its end"
        return
    if report["run"]["partial"]:
        yield f"only a part was run: {report['run']['partial']}"
    for text in report["gate"]["refusals"]:
        yield f"gate: {text}"
    if not report["gate"]["holds"] and not report["gate"]["refusals"]:
        yield "the gate does not hold"


def _currency(
    report: Mapping[str, Any], here: Path, config: Path | None, max_age_h: float | None, now: dt.datetime
) -> Iterator[str]:
    head = _head(here)
    if head and report["target"].get("commit") != head:
        yield f"the report is of commit {report['target'].get('commit')}, and {head} is checked out"
    if report["target"].get("dirty"):
        yield "the report is of files that were not committed"
    settings = load(here, here, config)
    if report["run"].get("settings_sha256") != settings.digest:
        yield "the settings have changed since"
    yield from _files(report, settings)
    age = now - dt.datetime.fromisoformat(report["run"]["started_at"])
    if max_age_h is not None and age > dt.timedelta(hours=max_age_h):
        yield f"the report is {age.total_seconds() / 3600:.1f} hours old, over {max_age_h:g}"


def _files(report: Mapping[str, Any], settings: Settings) -> Iterator[str]:
    """Compare what the target was built from: git does not tell of files that nobody has added to it."""
    try:
        found = target_digest(PROFILES[settings.profile], project_files(settings))
    except (MissingFilesError, OSError) as error:
        yield f"what the target was built from cannot be read: {error}"
        return
    if report["run"].get("target_sha256") != found:
        yield "the migrations, the schema or the seeds have changed since"


def _head(here: Path) -> str:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
