"""The versions that names of migrations begin with, and the order that tools make of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_VERSION = re.compile(r"(\d+)(?=[_\-.]|$)")
_FLYWAY = re.compile(r"(?:(?P<kind>[VUB])(?P<version>\d+(?:[._]\d+)*)|R)__.*\.sql$")
"""Flyway's names: a version, what undoes it, a baseline in place of all before it, or what is repeated."""
_MOMENT = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d|60))?"
)
_MOMENTS = {8, 12, 14}
"""How many digits a date, or one with a time, has."""
FOLDED = ("migration", "up")
"""What a file is called whose folder bears the version: Prisma's, and Diesel's."""


def faults(names: Sequence[str]) -> dict[str, str]:
    """Say what is wrong with names, in the order of application; what bears no versions is left alone.

    Only files of one folder are compared with each other.
    """
    found: dict[str, str] = {}
    folders = {_place(name)[0] for name in names}
    for folder in sorted(folders):
        inside = [name for name in names if _place(name)[0] == folder]
        flyway = sum(bool(_FLYWAY.match(_place(name)[1])) for name in inside) * 2 > len(inside)
        found |= _of_flyway(inside) if flyway else _of_numbers(inside)
    return found


def ordered(names: Iterable[str], *, by_name: bool = False) -> list[str]:
    """Return names of one folder in the order of application: without those that undo or that stand aside.

    Args:
        names: Of the files, or of the folders that each holds one.
        by_name: Whether the tool goes by the letters, and not by the number at the beginning.
    """
    files = sorted(names)
    if any((found := _FLYWAY.match(name)) and found["kind"] for name in files):
        return _as_flyway(files)
    numbers = {name: found[1] for name in files if (found := _VERSION.match(name))}
    if by_name or any(len(number) >= min(_MOMENTS) for number in numbers.values()):
        return files
    return sorted(files, key=lambda name: (name not in numbers, int(numbers.get(name, "0")), name))


def undoing(name: str, others: Iterable[str]) -> str:
    """Return which of other names is Flyway's for undoing this one; empty where none is."""
    ours = _FLYWAY.match(name)
    if not ours or ours["kind"] != "V":
        return ""
    return next(
        (
            other
            for other in sorted(others)
            if (found := _FLYWAY.match(other))
            and found["kind"] == "U"
            and _parts(found["version"]) == _parts(ours["version"])
        ),
        "",
    )


def following(name: str, slug: str) -> str:
    """Return a name with the next version after that of another; empty where that has none."""
    folder, label = _place(name)
    found = re.match(r"(V?)(\d+)((?:[._]\d+)*__)?", label)
    if not found or (found[1] and not found[3]):
        return ""
    number = str(int(found[2]) + 1).zfill(len(found[2]))
    made = f"{found[1]}{number}{'__' if found[1] else '_'}{slug}"
    inner = name.rpartition("/")[2] if _is_folded(name) else ""
    return "/".join(part for part in (folder, f"{made}/{inner}" if inner else f"{made}.sql") if part)


def _as_flyway(files: Sequence[str]) -> list[str]:
    kinds: dict[str, list[tuple[tuple[int, ...], str]]] = {"V": [], "U": [], "B": []}
    rest = [name for name in files if not _FLYWAY.match(name)]
    for name in files:
        if (found := _FLYWAY.match(name)) and found["kind"]:
            kinds[found["kind"]].append((_parts(found["version"]), name))
    bases = [*sorted(kinds["B"])[-1:]]
    since = [one for one in sorted(kinds["V"]) if not bases or one[0] > bases[0][0]]
    repeated = [name for name in files if (found := _FLYWAY.match(name)) and not found["kind"]]
    return [*(name for _, name in (*bases, *since)), *rest, *repeated]


def _of_flyway(names: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    first: dict[tuple[int, ...], str] = {}
    highest: tuple[tuple[int, ...], str] = ((), "")
    for name in names:
        match = _FLYWAY.match(_place(name)[1])
        if not match:
            found[name] = "it has no version, so that tools that go by versions do not see it"
            continue
        version = _parts(match["version"]) if match["kind"] else ()
        if not version:
            continue
        if version in first:
            found[name] = f"it has the version of {first[version]}, and tools apply one of them"
        elif version < highest[0]:
            found[name] = _lower(match["version"], highest[1])
        first.setdefault(version, name)
        highest = max(highest, (version, name))
    return found


def _of_numbers(names: Sequence[str]) -> dict[str, str]:
    versions = {name: _version(name) for name in names}
    numbered = [name for name in names if versions[name]]
    if len(numbered) * 2 <= len(names):
        return {}
    widths = [len(versions[name]) for name in numbered]
    moments = sum(width in _MOMENTS for width in widths) * 2 > len(widths)
    found: dict[str, str] = {}
    first: dict[int, str] = {}
    highest = ("", -1)
    for name in names:
        version = versions[name]
        if not version:
            found[name] = "it has no version, so that tools that go by versions do not see it"
            continue
        number = int(version.ljust(max(_MOMENTS), "0") if moments else version)
        if number in first:
            found[name] = f"it has the version of {first[number]}, and tools apply one of them"
        elif number < highest[1]:
            found[name] = _lower(version, highest[0])
        elif moments and len(version) in _MOMENTS and not _MOMENT.fullmatch(version):
            found[name] = f"its version {version} is no moment, as those of the others are"
        first.setdefault(number, name)
        highest = max(highest, (name, number), key=lambda one: one[1])
    return found


def _lower(version: str, other: str) -> str:
    return f"its version {version} is lower than that of {other}, which comes before it"


def _version(name: str) -> str:
    match = _VERSION.match(_place(name)[1].removesuffix(".sql"))
    return match.group(1) if match else ""


def _parts(version: str) -> tuple[int, ...]:
    """Return a version part by part, without zeros at its end: 1 is 1.0."""
    parts = [int(part) for part in re.split(r"[._]", version)]
    while parts[1:] and not parts[-1]:
        parts.pop()
    return tuple(parts)


def _is_folded(name: str) -> bool:
    return name.rpartition("/")[2].removesuffix(".sql") in FOLDED and "/" in name


def _place(name: str) -> tuple[str, str]:
    """Return the folder whose names bear versions, and the name in it."""
    folder, _, last = (name.rpartition("/")[0] if _is_folded(name) else name).rpartition("/")
    return folder, last
