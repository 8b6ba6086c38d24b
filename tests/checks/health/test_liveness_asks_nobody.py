"""HEA003 on probes made by hand."""

import pytest

from readiness_checks.health.liveness_asks_nobody import liveness_asks_nobody as check


@pytest.mark.parametrize(
    ("status", "seconds", "expected"),
    [(200, 0.01, "passed"), (503, 0.01, "failed"), (200, 0.8, "failed"), (0, 2.0, "failed")],
)
def test_liveness_is_fast_and_there(verdict, probe, status, seconds, expected):
    live = probe(status, down=("database",), endpoint="liveness", seconds=seconds)
    assert verdict(check, live) == expected


def test_where_neither_is_declared_nothing_was_asked(verdict, probe):
    assert verdict(check, probe()) == "unknown"


@pytest.mark.parametrize(
    ("down", "status", "expected"),
    [
        ((), 200, "passed"),
        (("database",), 503, "passed"),
        (("redis",), 204, "passed"),
        (("database",), 200, "failed"),
        (("redis",), 503, "failed"),
        ((), 503, "failed"),
    ],
)
def test_readiness_follows_what_is_required(verdict, probe, down, status, expected):
    assert verdict(check, probe(status, down=down, endpoint="readiness")) == expected


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        ((0.45, 0.4, 0.42), "failed"),  # each time as long as the check of what hangs
        ((0.45, 0.01), "passed"),
        ((0.45, 0.4), "passed"),
        ((0.2, 0.2, 0.2), "passed"),
    ],
)
def test_liveness_that_waits_for_a_check_each_time_asks_somebody(verdict, probe, waits, expected):
    asked = [probe(200, down=("redis",), endpoint="liveness", seconds=seconds) for seconds in waits]
    assert verdict(check, *asked) == expected
