"""A killed run's directory goes with the next run; a living one's stays."""

import fcntl
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from pytest_readiness.run.directory import RunDirectory

HOLD = """
import sys
from pytest_readiness.run.directory import RunDirectory
directory = RunDirectory()
print(directory.path, flush=True)
if len(sys.argv) > 1:
    directory._guard._process.kill()
    directory._guard._process.wait()
print(directory.path, flush=True)
input()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_abandoned_directories_are_swept_and_living_ones_kept(temporary):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, "unguarded"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        path = Path(process.stdout.readline().strip())
        RunDirectory().remove()
        assert path.is_dir(), "its run is alive"
        process.send_signal(signal.SIGKILL)
    own = RunDirectory()
    assert not path.is_dir(), "its run is gone"
    own.remove()
    own.remove()
    assert list(temporary.iterdir()) == []


def test_a_killed_run_leaves_none(temporary):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        path = Path(process.stdout.readline().strip())
        assert path.is_dir()
        process.send_signal(signal.SIGKILL)
    limit = time.monotonic() + 10
    while path.exists() and time.monotonic() < limit:
        time.sleep(0.02)
    assert not path.exists()


def test_another_run_that_begins_meanwhile_leaves_it_alone(temporary, monkeypatch):
    lock, others = fcntl.flock, []

    def locks(file, how):
        if not others:
            others.append(None)
            others.append(RunDirectory())
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", locks)
    own = RunDirectory()
    assert own.path.is_dir()
    for one in (own, others[1]):
        one.remove()
    assert list(temporary.iterdir()) == []
