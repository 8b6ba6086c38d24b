"""Loaded into a Python that follows a moved clock: what it calls monotonic passes as its wall clock does.

Event loops and locks still wait by the true one. Another module of this name, which this one hides, is loaded
after it.
"""

# ruff: noqa: INP001  no package: Python finds it by its name

import importlib
import mmap
import os
import sys
import time

_PAGE = 4096
_UNITS = {"monotonic": 1e-9, "perf_counter": 1e-9, "monotonic_ns": 1, "perf_counter_ns": 1}


def _follow(name: str, unit: float, numbers: memoryview, slot: int) -> None:
    true = getattr(time, name)
    setattr(time, name, lambda: true() + numbers[slot] * unit)


def _begin() -> None:
    path = os.environ.get("READINESS_CLOCK")
    if path:
        with open(path, "rb") as file:  # noqa: PTH123  loaded into each process: the less the better
            page = mmap.mmap(file.fileno(), _PAGE, access=mmap.ACCESS_READ)
        numbers, slot = memoryview(page).cast("q"), int(os.environ.get("READINESS_CLOCK_SLOT", "0"))
        for name, unit in _UNITS.items():
            _follow(name, unit, numbers, slot)


def _hidden() -> None:
    own = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  the same
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != own]  # noqa: PTH100
    del sys.modules["sitecustomize"]
    try:
        importlib.import_module("sitecustomize")
    except ImportError as error:
        if error.name != "sitecustomize":
            raise


_begin()
_hidden()
