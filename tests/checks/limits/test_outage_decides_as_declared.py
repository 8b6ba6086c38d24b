"""LIM010 on observations made by hand."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.admissions import Outage
from readiness_checks.limits.outage_decides_as_declared import outage_decides_as_declared as check


@pytest.mark.parametrize("prop", ["redis_down", "redis_hung", "redis_slow"])
@pytest.mark.parametrize(
    ("declared", "allowed", "seconds", "status"),
    [
        ("refuse", False, 0.4, "passed"),
        ("refuse", True, 0.4, "failed"),
        ("refuse", False, 1.6, "failed"),
        ("admit", True, 0.4, "passed"),
        ("admit", False, 0.4, "failed"),
        ("", True, 0.4, "passed"),
        ("", True, 1.6, "failed"),
    ],
)
def test_the_declared_decision_in_the_declared_time(verdict, prop, declared, allowed, seconds, status):
    outage = Outage(prop, "the port is closed", allowed, seconds)
    assert verdict(check, outage, on_redis_failure=declared)[0] == status


def test_an_exception_is_no_decision(verdict):
    status, detail = verdict(check, Outage("redis_down", "the port is closed", None, 0.1, "Boom"))
    assert (status, detail) == ("failed", "the port is closed: hit() raised Boom.")


def test_a_limiter_comes_back_with_redis(verdict):
    fine = Outage("redis_down", "the port is closed", allowed=False, seconds=0.1)
    latched = Outage("redis_down", "Redis is back", None, 0.1, "0 of 12 hits are admitted")
    assert verdict(check, fine, latched, on_redis_failure="refuse")[0] == "failed"


def test_where_redis_answers_in_time_it_decides(verdict):
    late = Outage("redis_slow", "late", allowed=True, seconds=0.3, answered=True)
    assert verdict(check, late, on_redis_failure="refuse")[0] == "passed"
    assert verdict(check, replace(late, answered=False), on_redis_failure="refuse")[0] == "failed"
    assert verdict(check, replace(late, seconds=2.0), on_redis_failure="refuse")[0] == "failed"
