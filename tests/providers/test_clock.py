"""A server follows a clock that is moved, and keys end by it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from pytest_readiness.providers.clock import SERVER, movable_clock
from pytest_readiness.providers.redis import embedded, tapped

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux preloads libraries")


@pytest.fixture
def clock():
    clock = movable_clock()
    yield clock
    clock.close()


@pytest.fixture
def redis(clock):
    server = embedded.launch(clock.variables(SERVER)).wait()
    client = tapped.client(server.url.removeprefix("unix://"))
    yield client
    client.close()
    server.stop()


def ahead(redis):
    seconds, micro = redis.time()
    return seconds + micro / 1e6 - time.time()


@pytest.mark.parametrize("seconds", [61.37, 86_400.0, -3_600.0])
def test_the_server_follows(clock, redis, seconds):
    assert abs(ahead(redis)) < 0.5
    clock.move(seconds)
    time.sleep(0.05)
    assert abs(ahead(redis) - seconds) < 0.5


def test_keys_end_by_the_moved_clock(clock, redis):
    redis.set("soon", 1, px=60_000)
    redis.set("later", 1, px=70_000)
    clock.move(65)
    time.sleep(0.05)
    assert redis.get("soon") is None
    assert redis.get("later") == b"1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only what root starts is dropped to another account")
def test_the_account_that_a_server_is_dropped_to_gets_at_the_clock(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    clock = movable_clock()
    try:
        command = ["/bin/cat", str(clock.path)]
        assert subprocess.run(command, user="nobody", capture_output=True, check=False).returncode == 0
    finally:
        clock.close()


FOLLOWS = """
from pytest_readiness.providers.clock import _followed, movable_clock
from pytest_readiness.providers.process import account
clock = movable_clock()
print(_followed(clock, account()))
clock.path.chmod(0o640)
print(_followed(clock, account()))
clock.close()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only what root starts is dropped to another account")
def test_what_is_tried_has_no_group_of_ours_since_a_server_has_none():
    command = [sys.executable, "-c", FOLLOWS]
    done = subprocess.run(command, extra_groups=[0], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


HOLD = """
from pytest_readiness.providers.clock import movable_clock
clock = movable_clock()
print(clock.path, flush=True)
input()
"""


def test_a_killed_process_leaves_no_clock():
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        path = Path(process.stdout.readline().strip())
        assert path.is_file()
        process.send_signal(signal.SIGKILL)
    limit = time.monotonic() + 10
    while path.parent.exists() and time.monotonic() < limit:
        time.sleep(0.02)
    assert not path.parent.exists()
