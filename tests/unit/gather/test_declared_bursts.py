"""How many hits come at once is judged where it is declared: what is seen of a limiter itself proves nothing."""

import itertools
from types import SimpleNamespace

import pytest

from pytest_readiness.evidence.admissions import Promise, Untried
from pytest_readiness.gather.limits import windows
from pytest_readiness.gather.limits.bench import Bench


class Counter(Bench):
    """Tries a limiter that admits half of its limit, with a clock that stands still."""

    def __init__(self, promise, *, instant):
        self.promise = promise
        self.world = SimpleNamespace(instant=instant, sockets=False, now=lambda: 0.0, move=lambda _: None)
        self._keys = itertools.count()
        self._sizes = {(promise.limit, promise.window): promise.burst}

    def limiter(self, limit, _window, _client=None):
        used = {}

        def hit(key):
            used[key] = used.get(key, 0) + 1
            return used[key] <= limit // 2

        return SimpleNamespace(hit=hit)


def exact(limit, window, burst, *, instant=True):
    bench = Counter(Promise(limit, window, "token-bucket", burst=burst), instant=instant)
    seen = [one for one in windows.exact(bench) if one.property in {"first_n_admitted", "next_refused"}]
    return [None if isinstance(one, Untried) else (one.limit, one.burst) for one in seen if one]


@pytest.mark.parametrize(
    ("limit", "window", "instant", "seen"),
    [
        (30, 60.0, True, [(30, 15)] * 2),
        (10, 60.0, True, [(10, 15)] * 4),
        (30, 0.5, True, [None] * 2),
        (30, 60.0, False, [None] * 2),
        (10, 1.0, False, [(10, 15)] * 2),
    ],
)
def test_only_a_declared_burst_is_judged(limit, window, instant, seen):
    assert exact(limit, window, 15, instant=instant) == seen


def test_without_one_every_limit_says_how_many():
    assert exact(30, 60.0, 0) == [(limit, limit) for limit in (30, 30, 10, 10, 1, 1, 3, 3)]
