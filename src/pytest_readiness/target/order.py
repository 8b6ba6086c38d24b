"""Which files of a folder are migrations, and in which order the tool applies them whose folder it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.migrations.versions import FOLDED, ordered
from pytest_readiness.target.sections import is_down

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_PLAN = "sqitch.plan"
_CHANGE = re.compile(r"^\s*(?P<mark>@?)(?P<name>[^\s%#@\[]\S*)")
_BY_NAME = re.compile(r"^--[ \t]*migrate:up\b", re.MULTILINE)
"""The marker of dbmate, which goes by names, letter by letter."""


class MissingFilesError(Exception):
    """Settings name migrations that do not exist."""


def sql_files(root: Path, names: Iterable[str], setting: str, *, by_name: bool = True) -> list[Path]:
    """List the files to apply: each name is a file or a folder.

    Args:
        root: What names are relative to.
        names: Of files and folders.
        setting: Where they are named.
        by_name: Whether folders are taken in name order, and not as the tool does whose they are.

    Raises:
        MissingFilesError: A name does not exist, or a folder holds no ``.sql`` file.
    """
    found: list[Path] = []
    for name in names:
        path = root / name
        if path.is_dir():
            inside = _planned(path) or _in_folder(path, by_name=by_name)
            if not inside:
                raise MissingFilesError(f"{setting}: no .sql file in {path}")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise MissingFilesError(f"{setting}: {path} does not exist (relative to {root})")
    return found


def _in_folder(path: Path, *, by_name: bool) -> list[Path]:
    files = {one.name: one for one in path.glob("*.sql") if not is_down(one)}
    if not files:  # a folder of each migration
        inner = (one / f"{name}.sql" for one in path.iterdir() if one.is_dir() for name in FOLDED)
        files = {one.parent.name: one for one in inner if one.is_file()}
    letters = by_name or any(_BY_NAME.search(one.read_text("utf-8", "replace")) for one in files.values())
    return [files[name] for name in ordered(files, by_name=letters)]


def _planned(path: Path) -> list[Path]:
    """Return what Sqitch's plan deploys; nothing where there is no plan.

    Raises:
        MissingFilesError: The plan names a change that has no file.
    """
    top = path if (path / _PLAN).is_file() else path.parent
    if not (top / _PLAN).is_file() or (top == path.parent and path.name != "deploy"):
        return []
    names = planned((top / _PLAN).read_text(encoding="utf-8-sig"))
    files = [top / "deploy" / f"{name}.sql" for name in names]
    missing = next((one for one in files if not one.is_file()), None)
    if missing:
        raise MissingFilesError(f"{top / _PLAN} names a change without its file {missing}")
    return files


def planned(plan: str) -> list[str]:
    """Return the changes of a plan of Sqitch; one that is reworked later has the name of the tag between."""
    entries = [found.group("mark", "name") for line in plan.splitlines() if (found := _CHANGE.match(line))]
    names = []
    for place, (mark, name) in enumerate(entries):
        if mark:
            continue
        later = entries[place + 1 :]
        tag = next((tag for marked, tag in later if marked), "") if ("", name) in later else ""
        names.append(f"{name}@{tag}" if tag else name)
    return names
