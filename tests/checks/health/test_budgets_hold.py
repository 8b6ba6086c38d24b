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


@pytest.mark.parametrize(
    ("alone", "together", "expected"),
    [
        ((0.81, 0.51), (0.84,), "passed"),
        ((0.81, 0.51), (1.29,), "failed"),
        ((0.81, 0.51), (1.29, 0.85), "passed"),  # the slower round was the machine's
        ((0.81, 0.51), (1.26, 1.24), "failed"),
        ((0.35, 0.3), (0.66,), "passed"),  # one after another, and still within the largest budget
        ((0.81, 0.01), (1.0,), "passed"),  # what was remembered was not waited for
    ],
)
def test_waits_that_add_up_are_seen_however_small_the_budgets(verdict, probe, alone, together, expected):
    database, redis = alone
    asked = [
        probe(503, "unhealthy", down=("database",), seconds=database),
        probe(200, "degraded", down=("redis",), seconds=redis),
        *(probe(503, "unhealthy", down=("database", "redis"), seconds=s) for s in together),
    ]
    assert verdict(check, *asked) == expected


def test_the_slowest_of_several_rounds_is_not_held_against_a_service(verdict, probe):
    rounds = [probe(503, "unhealthy", down=("database", "redis"), seconds=s) for s in (1.5, 0.82)]
    assert verdict(check, *rounds) == "passed"
