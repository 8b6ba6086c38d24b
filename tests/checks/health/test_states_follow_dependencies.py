"""HEA001 on probes made by hand."""

import pytest

from readiness_checks.health.states_follow_dependencies import states_follow_dependencies as check


@pytest.mark.parametrize(
    ("down", "status", "state", "expected"),
    [
        ((), 200, "healthy", "passed"),
        (("redis",), 200, "degraded", "passed"),
        (("database",), 503, "unhealthy", "passed"),
        (("database", "redis"), 503, "unhealthy", "passed"),
        ((), 200, "", "failed"),
        ((), 503, "healthy", "failed"),
        (("redis",), 200, "healthy", "failed"),
        (("redis",), 503, "degraded", "failed"),
        (("database",), 200, "unhealthy", "failed"),
        (("database",), 503, "healthy", "failed"),
        (("database",), 500, "unhealthy", "failed"),
        (("database",), 0, "", "failed"),
    ],
)
def test_state_and_code_say_what_is_down(verdict, probe, down, status, state, expected):
    assert verdict(check, probe(status, state, down=down)) == expected


@pytest.mark.parametrize("fault", ["slow", "recovered"])
@pytest.mark.parametrize(
    ("status", "state", "expected"), [(200, "healthy", "passed"), (503, "unhealthy", "failed")]
)
def test_slow_within_the_budget_and_mended_is_well(verdict, probe, fault, status, state, expected):
    assert verdict(check, probe(status, state, down=("database",), fault=fault)) == expected
