"""HEA006 on probes made by hand."""

import pytest

from readiness_checks.health.failures_are_told import failures_are_told as check


@pytest.mark.parametrize(
    ("logged", "expected"), [(("database", "redis"), "passed"), (("redis",), "failed"), ((), "failed")]
)
def test_each_dependency_has_its_record(verdict, probe, logged, expected):
    assert verdict(check, probe(), logged=logged) == expected


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((803.2,), "passed"),
        ((0.8032,), "passed"),
        ((1700000000.0, 0.81), "passed"),
        ((0.3,), "failed"),
        ((5000.0,), "failed"),
        ((), "failed"),
    ],
)
def test_the_latency_of_what_hung_is_its_budget(verdict, probe, numbers, expected):
    latencies = {"database": numbers, "redis": (1.2,)}
    seen = probe(503, "unhealthy", down=("database",), seconds=0.81, latencies=latencies)
    assert verdict(check, seen) == expected


@pytest.mark.parametrize(("number", "expected"), [(0.3, "passed"), (300.0, "passed"), (0.0008, "failed")])
def test_a_check_that_nobody_waited_for_may_have_given_up_before(verdict, probe, number, expected):
    latencies = {"database": (number,), "redis": (1.2,)}
    seen = probe(503, "unhealthy", down=("database",), seconds=0.01, latencies=latencies)
    assert verdict(check, seen) == expected
