"""Where the report goes, and what it says of tool, target and run."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.report.files import write
from pytest_readiness.report.incomplete import SCHEMA_VERSION, incomplete
from pytest_readiness.settings import load
from pytest_readiness.settings.find import likely_migrations
from pytest_readiness.target.target import REDIS_USED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_readiness.run.prepare import Preparation
    from pytest_readiness.settings import Settings

_GIT_LIMIT_S = 10
_LIKELY = 3
"""How many folders are named of those that look like migrations."""


def folder(config: pytest.Config) -> Path:
    """Return the folder of the report, relative to where the command was called."""
    return config.invocation_params.dir / str(config.option.readiness_report)


def load_settings(config: pytest.Config) -> Settings:
    """Find and read the settings.

    Raises:
        SettingsError: They cannot be used.
    """
    here, given = config.invocation_params.dir, config.option.readiness_config
    return load(here, config.rootpath, (here / given).resolve() if given else None)


def load_baseline(config: pytest.Config) -> dict[str, Any] | None:
    """Read the report to compare with, before the run: nobody should wait for one that cannot be read.

    Raises:
        UsageError: There is no such report, or nothing can be compared with it.
    """
    name = config.option.readiness_baseline
    if not name:
        return None
    from pytest_readiness.scoring.compare import compare

    try:
        found: dict[str, Any] = json.loads((config.invocation_params.dir / name).read_text(encoding="utf-8"))
        if found["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema_version is {found['schema_version']}, not {SCHEMA_VERSION}")  # noqa: TRY301  told like all else
        if not found["run"]["complete"]:
            raise ValueError("its run did not come to its end, so that it says nothing")  # noqa: TRY301  the same
        compare(found, found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        said = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise pytest.UsageError(f"--readiness-baseline={name}: not a readable report: {said}") from None
    return found


def tool() -> dict[str, Any]:
    """Name and version of this tool."""
    try:
        return {"name": "pytest-readiness", "version": version("pytest-readiness")}
    except PackageNotFoundError:
        return {"name": "pytest-readiness", "version": "unknown"}


def now() -> str:
    """Return the time in the form of the report, in UTC."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def void_report(early_config: pytest.Config) -> None:
    """Replace an old report by one that says the run has not come to its end.

    Raises:
        UsageError: The folder cannot be written to.
    """
    where = early_config.invocation_params.dir / early_config.known_args_namespace.readiness_report
    save(where, incomplete(tool(), {"started_at": now()}, "The run has not come to its end."))


@contextmanager
def refusal_is_reported(config: pytest.Config) -> Iterator[None]:
    """Say in the report, too, why there is no run: who reads it may have nothing else.

    Raises:
        UsageError: Whatever was raised inside.
    """
    try:
        yield
    except pytest.UsageError as error:
        with suppress(OSError):
            write(folder(config), incomplete(tool(), {"started_at": now()}, str(error)))
        raise


def save(where: Path, report: dict[str, Any]) -> Path:
    """Write the reports.

    Raises:
        UsageError: The folder cannot be written to.
    """
    try:
        return write(where, report)
    except OSError as error:
        raise pytest.UsageError(
            f"the report cannot be written to {where}: {error.strerror}; name another folder with "
            "--readiness-report=DIR"
        ) from None


def describe_target(settings: Settings, preparation: Preparation) -> dict[str, Any]:
    """Say what was assessed, and in what it differs from production."""
    built, server = preparation.built, preparation.server
    commit, dirty = _commit(settings.root)
    return {
        "name": settings.name or settings.root.name,
        "profile": settings.profile,
        "commit": commit,
        "dirty": dirty,
        "postgres": {"version": server.version, "provider": server.provider} if server else None,
        "redis": _redis(preparation.directory),
        "settings": str(settings.source) if settings.source else None,
        "differs_from_production": list(_differences(settings, preparation)) if built else [],
        "notes": [*settings.notes, *_notes(settings, preparation)],
    }


def _redis(directory: Path) -> dict[str, str] | None:
    """Return the Redis that the run has used; None where it used none."""
    path = directory / REDIS_USED
    if not path.exists():
        return None
    version, provider = path.read_text(encoding="utf-8").splitlines()
    return {"version": version, "provider": provider}


def _differences(settings: Settings, preparation: Preparation) -> list[str]:
    from pytest_readiness.judges.migrations.dependents import unbuilt  # the server boots before

    server, built = preparation.server, preparation.built
    if server is None or built is None:
        return []
    found = []
    wanted, major = settings.postgres_version, int(server.version.split(".")[0])
    if wanted and wanted != major:
        found.append(f"Postgres {server.version} was used, and production has {wanted}")
    stand_ins = sorted(set(built.extensions) & set(server.stand_ins))
    if stand_ins:
        found.append(f"stand-ins took the place of the extensions {', '.join(stand_ins)}")
    if built.migrations.superuser:
        found.append(
            "migrations ran as a superuser (settings: migrations_as), which hides what owners may not do"
        )
    if lacking := unbuilt(built.migrations.migrations):
        found.append(lacking)
    return found


def unfounded(settings: Settings) -> str:
    """Say why the target was built from nothing; empty where it was built from something."""
    if settings.migrations or settings.schema or settings.migrate:
        return ""
    likely = likely_migrations(settings.root)[:_LIKELY] or ["db/migrations"]
    return (
        f"no migrations found, by settings or as supabase/migrations below {settings.root}; "
        f"name them in readiness.toml: migrations = {json.dumps(likely)}"
    )


def _notes(settings: Settings, preparation: Preparation) -> list[str]:
    if settings.source is None:
        found = ["no settings found: defaults are in force, and the gate requires conditional or better"]
    else:
        found = []
    if without := unfounded(settings):
        found.append(without)
    likely = preparation.built.likely if preparation.built else None
    if likely and likely.session and not settings.isolation.session:
        found.append(f"settings do not say how the application becomes a user; {likely.why}:\n{likely.lines}")
    for seed in preparation.built.seeds if preparation.built else ():
        if seed.failure:
            found.append(f"seed {seed.name} failed: {seed.failure.sqlstate} {seed.failure.message}")
    return found


def _commit(root: Path) -> tuple[str | None, bool | None]:
    """Return the commit that is checked out, and whether files differ from it."""
    try:
        head = _git(root, "rev-parse", "HEAD")
        return head, bool(_git(root, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None, None


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=_GIT_LIMIT_S,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout.strip()
