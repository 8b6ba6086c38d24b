"""A server follows a clock that is moved, and keys end by it."""

import sys
import time

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
