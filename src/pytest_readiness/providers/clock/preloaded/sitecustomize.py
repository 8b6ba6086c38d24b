"""Loaded into a Python that follows a moved clock, so that its monotonic clock does too.

Another module of this name, which this one hides, is loaded after it.
"""

# ruff: noqa: INP001  no package: Python finds it by its name

import importlib
import mmap
import os
import sys

import readiness_monotonic  # type: ignore[import-not-found]  # it lies beside this file

_PAGE = 4096


def _begin() -> None:
    path = os.environ.get("READINESS_CLOCK")
    if path:
        with open(path, "rb") as file:  # noqa: PTH123  loaded into each process: the less the better
            page = mmap.mmap(file.fileno(), _PAGE, access=mmap.ACCESS_READ)
        numbers, slot = memoryview(page).cast("q"), int(os.environ.get("READINESS_CLOCK_SLOT", "0"))
        readiness_monotonic.follow(lambda: numbers[slot])


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
