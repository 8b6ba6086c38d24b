"""Lets processes of one run begin something at the same moment, and go on until all are through."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_POLL_S = 0.002


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """One of several who tell one another how far they are.

    Attributes:
        folder: Of the run, which all of them see.
        name: What they meet for.
        number: Which of them this is.
        count: How many there are.
    """

    folder: Path
    name: str
    number: int
    count: int

    def say(self, what: str) -> None:
        """Tell the others."""
        self._said(what, self.number).touch()

    def all_said(self, what: str) -> bool:
        """Tell whether everybody has."""
        return all(self._said(what, other).exists() for other in range(self.count))

    def wait(self, what: str, within_s: float) -> None:
        """Say it, and wait until all have, or no longer than that."""
        self.say(what)
        until = time.monotonic() + within_s
        while not self.all_said(what) and time.monotonic() < until:
            time.sleep(_POLL_S)

    def _said(self, what: str, number: int) -> Path:
        return self.folder / f"{self.name}-{number}.{what}"
