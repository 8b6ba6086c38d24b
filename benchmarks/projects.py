"""The projects and the environment that are measured in."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points
from pathlib import Path

ROOT = Path(__file__).parents[1]

_CLOCK = '''
"""Tells when a session starts and, where there is a server, when it has answered the first query."""

import os
import time


def pytest_sessionstart(session):
    started = time.monotonic()
    controller = session.config.pluginmanager.get_plugin("readiness-controller")
    times = {"session starts": started}
    if controller is not None:
        import psycopg

        times["driver imported"] = time.monotonic()
        server = controller.preparation.booting.wait()
        times["server ready"] = time.monotonic()
        with psycopg.connect(server.admin) as connection:
            connection.execute("select 1")
        times["first query"] = time.monotonic()
    with open(os.environ["BENCH_TIMES"], "w") as file:
        file.write(repr(times))
'''


_MEMORY = r'''
"""Tells the peak of the process's memory, in MB, when it ends."""

import os
import re


def pytest_unconfigure(config):
    with open("/proc/self/status") as file:
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1]) / 1024
    with open(os.environ["BENCH_MEMORY"], "a") as file:
        file.write(f"{peak}\n")
'''


def pytest_command(*arguments: str, keep: frozenset[str] = frozenset()) -> list[str]:
    """Return a command that runs pytest without the plugins that happen to be installed, but those to keep.

    They are switched off by name, since pytest looks for installed plugins in both arms then: that is
    not what the one under measurement costs.
    """
    others = sorted({point.name for point in entry_points(group="pytest11")} - {"readiness"} - keep)
    switched_off = [word for name in others for word in ("-p", f"no:{name}")]
    return [sys.executable, "-m", "pytest", *switched_off, "-p", "no:cacheprovider", "-q", *arguments]


def environment(folder: Path, **extra: str) -> dict[str, str]:
    """Return the environment, without what steers pytest or Python from outside.

    Bytecode is kept in the folder, so that a checkout that cannot be written to is no slower.
    """
    steering = ("PYTEST_", "PYTHON", "COV_")
    kept = {
        name: text
        for name, text in os.environ.items()
        if name == "PYTEST_READINESS_CACHE" or not name.startswith(steering)
    }
    return kept | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")} | extra


def one_empty_test(folder: Path) -> Path:
    """Make a project with one test that does nothing."""
    folder.mkdir()
    (folder / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
    return folder


def memory_plugin(folder: Path) -> Path:
    """Write the plugin ``bench_memory``; it adds a line to the file that BENCH_MEMORY names."""
    folder.mkdir()
    (folder / "bench_memory.py").write_text(_MEMORY)
    return folder


def empty_target(folder: Path) -> Path:
    """Make a project whose database has one table of no interest, with a clock in it."""
    one_empty_test(folder)
    (folder / "bench_clock.py").write_text(_CLOCK)
    (folder / "db").mkdir()
    (folder / "db" / "1.sql").write_text("select 1;")
    (folder / "readiness.toml").write_text(
        'profile = "postgres"\nmigrations = ["db"]\n[gate]\nrequire = "unknown"\n'
    )
    return folder
