"""What is read from the bodies and logs of services that nobody agreed on a format with."""

import pytest

from pytest_readiness.gather.health.answers import latencies, leaks, recorded
from pytest_readiness.gather.health.answers import state as state_of


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"status": "UP"}, "healthy"),
        ({"status": "warn"}, "degraded"),
        ({"status": "OUT_OF_SERVICE"}, "unhealthy"),
        ({"state": "Not Ready"}, "unhealthy"),
        ({"status": "splendid"}, ""),
        (["healthy"], ""),
        (None, ""),
    ],
)
def test_words_of_three_states(body, state):
    assert state_of(body) == state


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        ({"checks": {"redis": {"status": "pass", "latency_ms": 3.5}}}, [0.0035]),
        ({"checks": {"redis": {"status": "pass", "durationMs": 3.5}}}, [0.0035]),
        ({"checks": {"redis:responseTime": [{"observedValue": 12, "observedUnit": "ms"}]}}, [12.0]),
        (
            {"components": [{"name": "redis", "duration": 0.4, "ok": True}, {"name": "db", "duration": 9}]},
            [0.4],
        ),
        ({"checks": {"database": {"latency_ms": 3.5}}}, []),
        ({"checks": {"redis": {"status": "pass", "connections": 3}}}, []),
        ("redis", []),
    ],
)
def test_latencies_by_dependency(body, numbers):
    assert list(latencies(body, "redis")) == numbers


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"event": "health_check_failed", "dependency": "redis"}', True),
        ('ERROR:app:{"dependency": "redis", "error": "TimeoutError"}', True),
        ('level=error msg="check failed" dependency=redis latency_ms=502', True),
        ("redis is down", False),
        ('{"dependency": "database"}', False),
        ('{"dependency": "redis"', False),
    ],
)
def test_records_are_told_from_prose(line, found):
    assert recorded(f"INFO: started\n{line}\n", "redis") is found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"event": "health", "of": ["redis"], "ms": 0.8, "id": "0f3a9c1e-77"}', False),
        ('{"event": "health", "of": ["redis"], "ms": 812, "error": "TimeoutError"}', True),
    ],
)
def test_what_is_written_whether_it_is_well_or_not_is_no_record(line, found):
    usual = '{"event": "health", "of": ["redis"], "ms": 1.2e-05, "id": "ab12cd34-99"}\n'
    assert recorded(line, "redis", usual) is found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('connection to server at "127.0.0.1", port 40123 failed: refused', ["port 40123"]),
        ("connect ECONNREFUSED 127.0.0.1:40123", ["127.0.0.1:40123"]),
        ("Error 111 connecting to [::1]:40123.", ["[::1]:40123"]),
        ('{"port": 40123}', ['port": 40123']),
        ("postgresql://me:s3cret@db/x", ["postgresql://", "the password of a dependency"]),
        ('{"latency_ms": 0.40123, "checked": 40123, "id":40123, "at": "x:401234"}', []),
        ("ConnectionRefusedError", []),
    ],
)
def test_an_answer_tells_no_address(text, told):
    assert list(leaks(text, "s3cret", [40123, 40123])) == told
