"""The two halves of a migration: what goes up, and what goes down again.

Tools keep them in one file, under markers, or in two files whose names tell which is which.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.migrations.versions import FOLDED, undoing
from pytest_readiness.target.statements import split

if TYPE_CHECKING:
    from pathlib import Path

_MARKER = re.compile(
    r"^--[ \t]*(?:(?:migrate:|\+goose[ \t]+|\+migrate[ \t]+)(?P<way>up|down)\b.*"
    r"|(?P<title>up|down)[ \t]+migration[ \t]*)$",
    re.IGNORECASE | re.MULTILINE,
)
"""Of dbmate, goose, sql-migrate and node-pg-migrate."""
_BELOW = re.compile(r"^-{2,}[ \t]*create above / drop below[ \t]*-*[ \t]*$", re.IGNORECASE | re.MULTILINE)
"""Of tern: what stands above it goes up."""
_SINGLY = re.compile(
    r"^--[ \t]*(?:\+goose[ \t]+no[ \t]+transaction|\+migrate[ \t]+up[ \t]+notransaction"
    r"|atlas:txmode[ \t]+none)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""Of goose, sql-migrate and Atlas; dbmate and sqlx send one batch then, which is one transaction as well."""


def singly(sql: str) -> bool:
    """Whether a file says that each of its statements is sent by itself, in no transaction of the file."""
    return bool(_SINGLY.search(sql))


def sections(sql: str) -> tuple[str, str]:
    """Return what goes up and what goes down, each with its lines where they were.

    A file without markers goes up whole; comments alone take nothing back.
    """
    if below := _BELOW.search(sql):
        down = "\n" * sql.count("\n", 0, below.end()) + sql[below.end() :]
        return sql[: below.start()], down if split(down) else ""
    markers = list(_MARKER.finditer(sql))
    if not markers or _way(markers[0]) != "up":
        return sql, ""
    halves = {"up": "", "down": ""}
    for index, marker in enumerate(markers):
        end = markers[index + 1].start() if index + 1 < len(markers) else len(sql)
        way = _way(marker)
        gap = sql.count("\n", 0, marker.end()) - halves[way].count("\n")
        halves[way] += "\n" * gap + sql[marker.end() : end]
    return halves["up"], halves["down"] if split(halves["down"]) else ""


def _way(marker: re.Match[str]) -> str:
    return (marker.group("way") or marker.group("title")).lower()


def is_down(path: Path) -> bool:
    """Whether a file takes another one back."""
    stem = path.stem.lower()
    return stem.endswith((".down", "_down", ".undo")) or stem == "down"


def down_file(path: Path) -> Path | None:
    """Return the file that takes this one back, where there is one."""
    stem = re.sub(r"\.up$|_up$|\.do$", "", path.stem)
    candidates = [path.with_name(f"{stem}{ending}.sql") for ending in (".down", "_down", ".undo")]
    candidates += [path.with_name("down.sql")] if path.stem in FOLDED else []
    undo = undoing(path.name, (one.name for one in path.parent.glob("U*.sql")))
    candidates += [path.with_name(undo)] if undo else []
    for folder in (path.parent / "down", path.parent.parent / "down", path.parent.parent / "rollback"):
        candidates += [folder / path.name, folder / f"{stem}.sql", folder / f"{stem}.down.sql"]
    for folder in path.parents:
        if folder.name == "deploy":  # Sqitch's, which may have folders in it
            candidates.append(folder.with_name("revert") / path.relative_to(folder))
    return next((one for one in candidates if one != path and one.is_file()), None)
