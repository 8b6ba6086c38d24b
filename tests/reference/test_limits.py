"""The reference's limiter keeps its limit on a real server, with real threads."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from readiness_reference.services.limits import make_limiter
from systems import system


@pytest.fixture
def redis(server, tmp_path):
    with system(server, tmp_path, "select 1;") as target:
        yield target.redis()


def test_exactly_the_limit_is_admitted_however_many_ask_at_once(redis):
    limiter = make_limiter(redis, limit=10, window_s=60)
    with ThreadPoolExecutor(16) as pool:
        admitted = [decision.allowed for decision in pool.map(limiter.hit, ["alice"] * 100)]
    assert sum(admitted) == 10
    assert limiter.hit("bob").allowed


def test_refused_hits_use_up_nothing_and_the_retry_time_is_true(redis):
    limiter = make_limiter(redis, limit=2, window_s=0.3)
    assert [limiter.hit("k").remaining for _ in range(2)] == [1, 0]
    for _ in range(20):
        refused = limiter.hit("k")
        assert not refused.allowed
    time.sleep(refused.retry_after + 0.01)
    assert limiter.hit("k").allowed


def test_every_key_expires(redis):
    make_limiter(redis, limit=2, window_s=60).hit("k")
    keys = redis.keys("*")
    assert keys
    assert all(0 < redis.pttl(key) <= 180_000 for key in keys)
