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


def test_no_answer_comes_in_no_time(verdict, probe):
    assert verdict(check, probe(), probe(0, "", down=("database",), fault="refuse")) == "failed"
    assert verdict(check, probe(), probe(0, "", down=("database",))) == "failed"


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


@pytest.mark.parametrize(
    ("down", "rounds", "expected"),
    [
        (("database", "redis"), (8.02,), "failed"),
        (("database", "redis"), (8.02, 0.003), "failed"),
        (("database",), (15.0, 0.02), "failed"),
        (("database",), (5.02, 0.02), "passed"),
        (("database",), (0.02, 0.02), "passed"),  # a breaker that is open waits for nothing
        (("database", "redis"), (7.0, 5.02), "passed"),  # the slower round was the machine's
    ],
)
def test_a_remembered_answer_hides_no_wait(verdict, probe, down, rounds, expected):
    asked = [probe(503, "unhealthy", down=down, seconds=seconds) for seconds in rounds]
    assert verdict(check, *asked, budgets=((5.0,), (3.0,))) == expected


@pytest.mark.parametrize(
    ("budgets", "alone", "together", "expected"),
    [
        ((0.8, 0.05), (0.81, 0.06), (0.84, 0.84), "passed"),
        ((0.5, 0.3, 0.05), (0.51, 0.31, 0.06), (0.56,), "passed"),
        ((0.5, 0.3, 0.05), (0.51, 0.31, 0.06), (0.88,), "failed"),
        ((0.8, 0.5, 0.4), (0.81, 0.51, 0.41), (0.82,), "passed"),
    ],
)
def test_what_a_busy_machine_adds_is_no_wait(verdict, probe, budgets, alone, together, expected):
    names = ("database", "redis", "kafka")[: len(budgets)]
    asked = [
        *(probe(503, "unhealthy", down=(name,), seconds=s) for name, s in zip(names, alone, strict=True)),
        *(probe(503, "unhealthy", down=names, seconds=s) for s in together),
    ]
    assert verdict(check, *asked, budgets=(budgets[:1], budgets[1:])) == expected


def test_waits_for_what_did_not_hang_are_of_no_account(verdict, probe):
    hung = {("database",): 0.81, ("redis",): 0.51, ("kafka",): 0.2, ("database", "redis"): 0.97}
    asked = [probe(503, "unhealthy", down=down, seconds=seconds) for down, seconds in hung.items()]
    assert verdict(check, *asked, budgets=((0.8,), (0.5, 0.2))) == "passed"


@pytest.mark.parametrize(
    ("waits", "expected"),
    [
        ((0.85, 0.82, 0.83), "failed"),  # each time: no machine is so busy
        ((0.85, 0.53), "passed"),
        ((0.85, 0.004, 0.004), "passed"),  # remembered
        ((0.85, 0.82), "passed"),
        ((0.85, 0.6, 0.62), "passed"),
    ],
)
def test_what_is_late_each_time_is_late(verdict, probe, waits, expected):
    asked = [probe(200, "degraded", down=("redis",), seconds=seconds) for seconds in waits]
    assert verdict(check, *asked) == expected
