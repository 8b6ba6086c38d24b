"""Where the settings of a project are, and what a Supabase project says without any."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.settings.model import Isolation, Settings, SettingsError
from pytest_readiness.settings.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TABLE = "pytest-readiness"
_DEPTH = 4
"""How deep below the root a `supabase` folder is looked for: monorepos keep it under apps/NAME."""

_PASSED_OVER = {"node_modules", "vendor", "dist", "build", "target", "venv", "site-packages", "__pycache__"}


def load(invocation_dir: Path, rootdir: Path, file: Path | None = None) -> Settings:
    """Find and parse the settings, and complete them from a Supabase project's own files.

    The folder that the command was called in comes before pytest's rootdir, since an option value
    that names an existing path can move the rootdir away from the project.

    Raises:
        SettingsError: With the file, the key, what was found and what is accepted.
    """
    source = file or _nearest(invocation_dir) or _nearest(rootdir)
    if source is None:
        settings = replace(Settings(), root=_project_root(invocation_dir))
    else:
        settings = replace(_parse_file(source), root=source.parent, source=source)
    settings = _with_profile(_with_supabase(settings))
    return replace(settings, digest=_digest(settings))


def _nearest(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        own = folder / "readiness.toml"
        if own.is_file():
            return own
        pyproject = folder / "pyproject.toml"
        if pyproject.is_file() and TABLE in _read(pyproject).get("tool", {}):
            return pyproject
        if (folder / ".git").exists():
            return None
    return None


def _project_root(start: Path) -> Path:
    """Return the nearest folder with a Supabase project in it, else the repository, else the start."""
    for folder in (start, *start.parents):
        if (folder / "supabase" / "migrations").is_dir() or (folder / ".git").exists():
            return folder
    return start


def _parse_file(source: Path) -> Settings:
    if not source.is_file():
        raise SettingsError(f"{source}: no such settings file")
    table = _read(source)
    if source.name == "pyproject.toml":
        table = table.get("tool", {}).get(TABLE, {})
    try:
        return parse(table)
    except SettingsError as error:
        where = f"[tool.{TABLE}] in {source}" if source.name == "pyproject.toml" else str(source)
        raise SettingsError(f"{where}: {error}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None


def _with_supabase(settings: Settings) -> Settings:
    """Take from a `supabase` folder what the settings leave open."""
    declared = settings.migrations or settings.schema or settings.migrate
    if settings.profile == "postgres" or (
        declared and settings.profile == "auto" and not _in_supabase(settings)
    ):
        return settings
    own = settings.root / "supabase"
    found = [own] if (own / "migrations").is_dir() else list(_supabase_folders(settings.root))
    folders = [own] if declared else found
    if not folders:
        return settings
    if len(folders) > 1:
        names = ", ".join(folder.relative_to(settings.root).as_posix() for folder in folders)
        raise SettingsError(
            f"{settings.root}: several Supabase projects found ({names}); name one, for example "
            f'migrations = ["{folders[0].relative_to(settings.root).as_posix()}/migrations"] '
            'and profile = "supabase"'
        )
    return _from_supabase(settings, folders[0])


def _in_supabase(settings: Settings) -> bool:
    return any("supabase" in settings.root.joinpath(path).parts for path in settings.migrations)


def _with_profile(settings: Settings) -> Settings:
    return replace(settings, profile="postgres") if settings.profile == "auto" else settings


def _supabase_folders(root: Path) -> Iterator[Path]:
    return _folders(root, lambda here: here.name == "supabase" and (here / "migrations").is_dir())


def likely_migrations(root: Path) -> list[str]:
    """Return the folders below a project's root that hold SQL and are called migrations, by their paths."""
    found = _folders(
        root, lambda here: here.name == "migrations" and here != root and any(here.glob("*.sql"))
    )
    return [folder.relative_to(root).as_posix() for folder in found]


def _folders(root: Path, is_one: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield the folders of a kind, but for those inside of one; what others wrote is passed over."""
    for path, folders, _ in os.walk(root):
        here = root.__class__(path)
        depth = len(here.relative_to(root).parts)
        if is_one(here):
            yield here
            folders.clear()
            continue
        folders[:] = sorted(
            below
            for below in folders
            if depth < _DEPTH and not below.startswith(".") and below not in _PASSED_OVER
        )


def _from_supabase(settings: Settings, folder: Path) -> Settings:
    config = _read(folder / "config.toml") if (folder / "config.toml").is_file() else {}
    relative = folder.relative_to(settings.root).as_posix()
    notes = list(settings.notes)
    settings = replace(settings, profile="supabase")
    if not (settings.migrations or settings.schema or settings.migrate):
        settings = replace(settings, migrations=(f"{relative}/migrations",))
        notes.append(f"Supabase project found in {relative}")
    if not settings.seed:
        settings = replace(settings, seed=_seeds(config, folder, relative))
    if not settings.postgres_version:
        settings = replace(settings, postgres_version=int(config.get("db", {}).get("major_version", 0)))
    if not settings.isolation.schemas:
        settings = replace(settings, isolation=_exposed(settings.isolation, config))
    return replace(settings, name=settings.name or str(config.get("project_id", "")), notes=tuple(notes))


def _seeds(config: dict[str, Any], folder: Path, relative: str) -> tuple[str, ...]:
    seed = config.get("db", {}).get("seed", {})
    if seed.get("enabled", True) is False:
        return ()
    patterns = seed.get("sql_paths", ["./seed.sql"])
    found = [path for pattern in patterns for path in sorted(folder.glob(pattern.removeprefix("./")))]
    return tuple(f"{relative}/{path.relative_to(folder).as_posix()}" for path in found)


def _exposed(isolation: Isolation, config: dict[str, Any]) -> Isolation:
    """The API's schemas, less the platform's own."""
    schemas = config.get("api", {}).get("schemas", ["public"])
    own = tuple(name for name in schemas if name not in {"storage", "graphql_public"})
    return replace(isolation, schemas=own or ("public",))


def _digest(settings: Settings) -> str:
    values = {
        key: value for key, value in asdict(settings).items() if key not in {"root", "source", "digest"}
    }
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
