"""Lets processes of one run begin something at the same moment."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_POLL_S = 0.002


def meet(folder: Path, name: str, number: int, count: int, within_s: float) -> None:
    """Say that one of several is ready, and wait until all have said so, or no longer than that.

    Args:
        folder: Of the run, which all of them see.
        name: What they meet for.
        number: Which of them this is.
        count: How many there are.
        within_s: Seconds to wait; who goes on alone is told by when each of them went on.
    """
    (folder / f"{name}-{number}.ready").touch()
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if all((folder / f"{name}-{other}.ready").exists() for other in range(count)):
            return
        time.sleep(_POLL_S)
