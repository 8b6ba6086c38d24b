"""Who of several callers never gets an answer, and who only gets it late."""

import threading
import time

import pytest

from pytest_readiness.gather.limits.races import still_running

WITHIN = 1.0


def running(*jobs):
    pool = [threading.Thread(target=job, daemon=True) for job in jobs]
    for thread in pool:
        thread.start()
    return pool


def ends_after(seconds):
    return lambda: time.sleep(seconds)


@pytest.mark.parametrize(
    "seconds",
    [
        (0.0, 0.0),
        (0.6, 1.2, 1.8, 2.4),  # one after the other, as those do who wait for a lock
    ],
)
def test_who_is_late_does_not_hang(seconds):
    assert still_running(running(*map(ends_after, seconds)), WITHIN) == 0


def test_who_never_ends_is_counted_and_nobody_is_waited_for_apart():
    never = threading.Event()
    pool = running(ends_after(0.3), *[never.wait] * 12)
    started = time.monotonic()
    assert still_running(pool, WITHIN) == 12
    assert time.monotonic() - started < 3 * WITHIN
    never.set()
