"""Lets what Python calls monotonic pass as a moved clock does: to an application they are one time.

Whatever reads `time.monotonic` goes along: event loops, whose timers are due when they wake, and time-outs
that `threading` and `queue` count down. A single wait in C, for a lock or in a selector, takes true seconds.
"""

# ruff: noqa: INP001  no package: loaded into each process that follows a clock, also where ours is not installed

import time
from collections.abc import Callable

_UNITS = {"monotonic": 1e-9, "perf_counter": 1e-9, "monotonic_ns": 1, "perf_counter_ns": 1}


def follow(moved: Callable[[], int]) -> Callable[[], None]:
    """Add the nanoseconds that a clock was moved by; return what takes that back."""
    true = {name: getattr(time, name) for name in _UNITS}
    for name, unit in _UNITS.items():
        setattr(time, name, _ahead(true[name], unit, moved))

    def back() -> None:
        for name, function in true.items():
            setattr(time, name, function)

    return back


def _ahead(true: Callable[[], float], unit: float, moved: Callable[[], int]) -> Callable[[], float]:
    return lambda: true() + moved() * unit
