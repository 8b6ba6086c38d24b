"""The next migration: its name in the project's own style, and its text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from pytest_readiness.fixes.system import Change

_WIDTH = 100
_STAMPS = {14: "%Y%m%d%H%M%S", 12: "%Y%m%d%H%M", 8: "%Y%m%d"}
"""How times are written, by their number of digits."""


def next_name(names: Sequence[str], words: str, now: dt.datetime) -> str:
    """Return a name that follows the others, in the style of the last one.

    Args:
        names: Of the migrations, in their order.
        words: What it does, words apart by underscores.
        now: In UTC; what is numbered by times is numbered by it.
    """
    last = max(names, default="")
    found = re.match(
        r"^(?P<before>[A-Za-z]{0,2})(?P<number>\d+)(?P<apart>[^\dA-Za-z]*)(?P<rest>.*?)\.sql$", last
    )
    if not found:
        return f"{last.removesuffix('.sql')}_{words}.sql" if last else f"0001_{words}.sql"
    if "-" in found["apart"] or ("-" in found["rest"] and "_" not in found["rest"]):
        words = words.replace("_", "-")
    return f"{found['before']}{_after(found['number'], now)}{found['apart'] or '_'}{words}.sql"


def _after(number: str, now: dt.datetime) -> str:
    style = _STAMPS.get(len(number))
    plausible = re.match(r"(19|20)\d\d(0[1-9]|1[0-2])", number)
    following = str(int(number) + 1).zfill(len(number))
    return max(now.strftime(style), following) if style and plausible else following


def words(check: str, subject: str) -> str:
    """Return what a file about a finding is called."""
    return re.sub(r"\W+", "_", f"{check}_{subject}".lower()).strip("_")[:60]


def text(check: str, subject: str, detail: str, change: Change, kept: int) -> str:
    """Return the migration.

    Args:
        check: Id of the check that failed.
        subject: Of the finding.
        detail: What was seen.
        change: What mends it.
        kept: Number of accesses that were seen to work before and after.
    """
    said = [
        f"{check} {subject}: {detail}",
        f"Now it {change.what}.",
        f"Tried on a copy: the finding is gone, {kept} accesses that worked still do, nothing new fails.",
    ]
    if change.gives_up:
        said.append(
            "Clients cannot call it any more. If your application does, compare the caller inside instead."
        )
    lines = [line for part in said for line in _wrapped(part)]
    return "".join(f"-- {line}\n" for line in lines) + change.sql


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(" ".join(text.split()), _WIDTH)
