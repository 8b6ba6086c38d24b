"""Who waits no longer for a guard removes the directory alone."""

import os
import time
from signal import SIGTERM

import pytest

from pytest_readiness.providers import guard


@pytest.fixture
def slow_rm(tmp_path, monkeypatch):
    """An `rm` that takes its time, before the real one on PATH; the file that it writes in the end."""
    late, folder = tmp_path / "late", tmp_path / "bin"
    folder.mkdir()
    program = folder / "rm"
    program.write_text(f"#!/bin/sh\nsleep 1\n: > '{late}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(guard, "_REMOVED_WITHIN", 0.2)
    return late


def test_what_a_guard_has_started_ends_with_it(tmp_path, slow_rm):
    directory = tmp_path / "server"
    (directory / "data").mkdir(parents=True)
    guard.Guard(directory, SIGTERM).release()
    assert not directory.exists()
    time.sleep(1.5)
    assert not slow_rm.exists()
