"""Interleaved rounds: what disturbs the machine disturbs both arms, and the median drops it."""

from __future__ import annotations

import resource
import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

MS = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One measured figure beside its target.

    Attributes:
        what: What was measured.
        target: What it should be at most, in the unit of the figure; None for a figure without one.
        measured: The median.
        unit: ms, s, MB or x.
        spread: The quartiles, or nothing.
        least: Whether the target is what it should be at least.
    """

    what: str
    target: float | None
    measured: float
    unit: str
    spread: tuple[float, float] | None = None
    least: bool = False

    def __str__(self) -> str:
        """Return it as a line of the table."""
        digits = 1 if self.unit == "ms" else 2
        target = "" if self.target is None else f"{'≥' if self.least else '≤'} {self.target:g} {self.unit}"
        spread = f"{self.spread[0]:.{digits}f} … {self.spread[1]:.{digits}f}" if self.spread else ""
        return (
            f"{self.what:<58} {target:>10} {self.measured:>9.{digits}f} {self.unit:<2} "
            f"{self._verdict:<7} {spread}"
        )

    @property
    def _verdict(self) -> str:
        if self.target is None:
            return ""
        met = self.measured >= self.target if self.least else self.measured <= self.target
        return "met" if met else "MISSED"


def line(
    what: str, target: float | None, figures: Sequence[float], unit: str, *, least: bool = False
) -> Line:
    """Sum up the figures of all rounds."""
    quartiles = statistics.quantiles(figures, n=4) if len(figures) > 1 else None
    spread = (quartiles[0], quartiles[2]) if quartiles else None
    return Line(what, target, statistics.median(figures), unit, spread, least)


def interleaved(rounds: int, *arms: Callable[[], float]) -> list[list[float]]:
    """Run the arms in turn, once unmeasured and then in changing order; return the figures of each."""
    for arm in arms:
        arm()
    figures: list[list[float]] = [[] for _ in arms]
    for number in range(rounds):
        order = list(enumerate(arms))
        for index, arm in order if number % 2 else reversed(order):
            figures[index].append(arm())
    return figures


@dataclass(frozen=True, slots=True)
class Run:
    """What a process took, in seconds, and what it said."""

    wall: float
    cpu: float
    output: str


def run(command: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> Run:
    """Run a command to its end, and count the time of it and of all that it waited for.

    Raises:
        RuntimeError: It failed; a benchmark of something that does not work measures nothing.
    """
    before = _cpu()
    started = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    wall, cpu = time.perf_counter() - started, _cpu() - before
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return Run(wall, cpu, done.stdout)


def _cpu() -> float:
    """CPU time of all children that were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
