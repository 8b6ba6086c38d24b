"""A Python that follows a moved clock with what it calls monotonic."""

import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from pytest_readiness.gather.limits.bench import monotonic_follows
from pytest_readiness.providers.clock import SERVER, movable_clock
from pytest_readiness.providers.errors import ProviderError

ASKS = """
import asyncio, sys, threading, time
print(time.monotonic(), time.monotonic_ns() / 1e9, time.perf_counter(), asyncio.new_event_loop().time(), threading._time(),
      'sitecustomize' in sys.modules)
"""


@pytest.fixture
def clock():
    try:
        moved = movable_clock()
    except ProviderError as error:
        pytest.skip(str(error))
    yield moved
    moved.close()


def asked(variables, folder):
    done = subprocess.run(
        [sys.executable, "-c", ASKS],
        env={**variables, "PYTHONPATH": f"{variables['PYTHONPATH']}:{folder}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_it_goes_along_and_hides_nobody(clock, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import builtins; print('theirs')")
    before = asked(clock.python(SERVER), tmp_path)
    clock.move(100_000)
    after = asked(clock.python(SERVER), tmp_path)
    assert before[0] == after[0] == "theirs"
    assert all(float(b) - float(a) > 99_999 for a, b in zip(before[1:6], after[1:6], strict=True))


def test_without_one_of_their_own_none_is_left(clock, tmp_path):
    assert asked(clock.python(SERVER), tmp_path)[-1] == "False"


def test_it_goes_along_within_a_process_for_a_while():
    def now():
        return time.monotonic(), time.perf_counter(), time.monotonic_ns() / 1e9, time.perf_counter_ns() / 1e9

    before = now()
    with monotonic_follows(SimpleNamespace(passed=100_000)):
        assert isinstance(time.monotonic_ns(), int)
        assert all(there - here > 99_999 for here, there in zip(before, now(), strict=True))
    assert all(there - here < 10 for here, there in zip(before, now(), strict=True))
