"""The versions that names of migrations begin with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERSION = re.compile(r"[VU]?(\d+)(?=[_\-.]|$)")
_MOMENT = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d|60))?"
)
_MOMENTS = {8, 12, 14}
"""How many digits a date, or one with a time, has."""


def faults(names: Sequence[str]) -> dict[str, str]:
    """Say what is wrong with names, in the order of application; what bears no versions is left alone.

    Only files of one folder are compared with each other.
    """
    found: dict[str, str] = {}
    folders = {name.rpartition("/")[0] for name in names}
    for folder in sorted(folders):
        inside = [name for name in names if name.rpartition("/")[0] == folder]
        found |= _in_one_folder(inside)
    return found


def _in_one_folder(names: Sequence[str]) -> dict[str, str]:
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
            found[name] = f"its version {version} is lower than that of {highest[0]}, which comes before it"
        elif moments and len(version) in _MOMENTS and not _MOMENT.fullmatch(version):
            found[name] = f"its version {version} is no moment, as those of the others are"
        first.setdefault(number, name)
        highest = max(highest, (name, number), key=lambda one: one[1])
    return found


def _version(name: str) -> str:
    match = _VERSION.match(name.rpartition("/")[2].removesuffix(".sql"))
    return match.group(1) if match else ""
