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
    seen = probe(503, "unhealthy", down=("database",), latencies={"database": numbers, "redis": (1.2,)})
    assert verdict(check, seen) == expected
