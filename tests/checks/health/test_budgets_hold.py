"""HEA002 on probes made by hand."""

import pytest

from readiness_checks.health.budgets_hold import budgets_hold as check


@pytest.mark.parametrize(
    ("down", "seconds", "expected"),
    [
        (("database",), 0.82, "passed"),
        (("redis",), 0.52, "passed"),
        (("redis",), 1.2, "failed"),
        (("database",), 1.4, "failed"),
        (("database", "redis"), 0.82, "passed"),
        (("database", "redis"), 1.35, "failed"),
        ((), 1.4, "failed"),
    ],
)
def test_the_largest_budget_and_not_the_sum(verdict, probe, down, seconds, expected):
    assert verdict(check, probe(503, "unhealthy", down=down, seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("timeout", "expected"), [(0.0, "passed"), (1.0, "failed"), (5.0, "failed"), (6.0, "passed")]
)
def test_the_orchestrator_waits_for_longer_than_a_check_takes(verdict, probe, timeout, expected):
    assert verdict(check, probe(), timeout=timeout) == expected
