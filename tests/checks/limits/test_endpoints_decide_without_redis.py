"""LIM014 on answers made by hand."""

import pytest

from pytest_readiness.evidence.endpoints import Interruption
from readiness_checks.limits.endpoints_decide_without_redis import endpoints_decide_without_redis as check


@pytest.mark.parametrize(
    ("declared", "statuses", "seconds", "back", "expected"),
    [
        ("refuse", (503, 503), 0.5, (200,), "passed"),
        ("refuse", (429, 503), 0.5, (503, 200), "passed"),
        ("refuse", (503, 200), 0.5, (200,), "failed"),
        ("refuse", (500, 500), 0.5, (200,), "failed"),
        ("refuse", (503, 0), 0.5, (200,), "failed"),
        ("refuse", (503, 503), 2.0, (200,), "failed"),
        ("refuse", (503, 503), 0.5, (503, 503), "failed"),
        ("refuse", (503, 503), 0.5, (), "passed"),
        ("admit", (200, 200), 0.5, (200,), "passed"),
        ("admit", (503, 200), 0.5, (200,), "failed"),
        ("", (200, 503), 0.5, (200,), "passed"),
        ("", (500,), 0.5, (200,), "failed"),
    ],
)
def test_the_declared_answer_in_the_declared_time(siege, declared, statuses, seconds, back, expected):
    seen = Interruption("Redis is stopped", statuses, seconds, back)
    assert siege(check, interruptions=[seen], on_redis_failure=declared)[0] == expected


def test_a_leak_is_told(siege):
    seen = Interruption("Redis is stopped", (503,), 0.1, (200,), ("redis://",))
    assert "redis://" in siege(check, interruptions=[seen])[1]


def test_a_redis_that_was_not_made_to_fail_proves_nothing(siege):
    assert siege(check, alone=True)[0] == "unknown"
