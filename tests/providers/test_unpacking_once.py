"""An entry of the cache appears whole or not at all, and is made once, whoever else wants it."""

import hashlib
import multiprocessing
import os
import signal
import time

import pytest

from pytest_readiness.providers.cache import content_digest, publish
from pytest_readiness.providers.errors import ProviderError

FORK = multiprocessing.get_context("fork")


def fill(partial):
    with (partial.parent / "made").open("a") as made:
        made.write(f"{os.getpid()}\n")
    time.sleep(0.05)
    (partial / "program").write_text("whole")


def linger(partial):
    (partial / "program").write_text("ha")
    (partial.parent / "begun").touch()
    time.sleep(60)


def test_processes_that_race_make_it_once(tmp_path):
    racing = [FORK.Process(target=publish, args=(tmp_path, "entry", fill)) for _ in range(8)]
    for process in racing:
        process.start()
    for process in racing:
        process.join()
    assert [process.exitcode for process in racing] == [0] * 8
    assert len((tmp_path / "made").read_text().split()) == 1
    assert (tmp_path / "entry" / "program").read_text() == "whole"


def test_what_a_killed_process_left_is_cleared_away(tmp_path):
    process = FORK.Process(target=publish, args=(tmp_path, "entry", linger))
    process.start()
    while not (tmp_path / "begun").exists():
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert not (tmp_path / "entry").exists()
    assert list(tmp_path.glob("entry.partial-*"))
    assert (publish(tmp_path, "entry", fill) / "program").read_text() == "whole"
    assert not list(tmp_path.glob("entry.partial-*"))


def test_a_failure_leaves_nothing(tmp_path):
    def fail(partial):
        (partial / "program").write_text("ha")
        raise OSError(28, "No space left on device")

    with pytest.raises(ProviderError, match="No space left") as caught:
        publish(tmp_path, "entry", fail)
    assert "PYTEST_READINESS_CACHE" in caught.value.mend
    assert not list(tmp_path.glob("entry*/*"))


def test_other_accounts_may_read_it_and_not_write_it(tmp_path):
    def make(partial):
        (partial / "bin").mkdir(mode=0o700)
        (partial / "bin" / "run").write_text("")
        (partial / "bin" / "run").chmod(0o700)
        (partial / "data").write_text("")
        (partial / "data").chmod(0o666)

    entry = publish(tmp_path, "entry", make)
    modes = {path.name: path.stat().st_mode & 0o777 for path in entry.rglob("*")}
    assert modes == {"bin": 0o755, "run": 0o755, "data": 0o644}


def test_a_digest_is_remembered_until_the_file_is_touched(tmp_path, monkeypatch):
    file = tmp_path / "wheel"
    file.write_bytes(b"one")
    first = content_digest(tmp_path, file)
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("it was read again"))
    assert content_digest(tmp_path, file) == first
    monkeypatch.undo()
    file.write_bytes(b"two")
    assert content_digest(tmp_path, file) != first
