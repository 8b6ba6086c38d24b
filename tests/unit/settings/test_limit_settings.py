"""Limits in the settings, and what is said of those that cannot be used."""

import pytest

from pytest_readiness.gather.limits.trials import promise_of
from pytest_readiness.settings import SettingsError
from pytest_readiness.settings.parse import parse

GOOD = {"name": "api", "limit": 10, "limiter": "app.limits:make_limiter"}


def test_defaults():
    (limit,) = parse({"limits": [GOOD]}).limits
    assert (limit.limit, limit.window, limit.failure_within, limit.guarantee) == (10, 60.0, 1.0, "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"limit": 0}, r"limits\[0\].limit: expected a number above 0, found 0"),
        ({"window": -1}, r"limits\[0\].window: expected a number above 0"),
        ({"failure_within": float("inf")}, r"limits\[0\].failure_within: expected a number above 0"),
        ({"name": " "}, r"limits\[0\].name: must say something"),
        ({"limiter": "app.limits"}, r"limits\[0\].limiter: expected `module:function`"),
        ({"guarantee": "leaky"}, r"limits\[0\].guarantee: expected one of .*token-bucket"),
        ({"limits": 10}, r"limits\[0\].limits: unknown key; did you mean 'limit'"),
        ({"burst": -1}, r"limits\[0\].burst: expected a number above 0"),
        ({"burst": 5, "guarantee": "fixed"}, r"limits\[0\].burst: only a bucket has one .*found 'fixed'"),
        ({"tiers": [{"limit": 10, "window": 600}]}, r"limits\[0\].tiers\[0\]: expected a limit above 10"),
        ({"tiers": [{"limit": 11, "window": 60}]}, r"limits\[0\].tiers\[0\]: .* longer than 60 s"),
        ({"on_redis_failure": "open"}, r"limits\[0\].on_redis_failure: expected one of"),
    ],
)
def test_what_is_wrong_is_said(change, said):
    with pytest.raises(SettingsError, match=said):
        parse({"limits": [GOOD | change]})


def test_a_burst_is_that_of_a_bucket_and_tiers_are_told():
    change = {"burst": 5, "tiers": [{"limit": 1000, "window": 86_400}]}
    (limit,) = parse({"limits": [GOOD | change]}).limits
    promise = promise_of(limit)
    assert (promise.guarantee, promise.burst, promise.tiers) == ("token-bucket", 5, ((1000, 86_400),))


def test_two_limits_have_two_names():
    with pytest.raises(SettingsError, match=r"limits\[1\].name: 'api' is the name of another limit"):
        parse({"limits": [GOOD, GOOD]})


SERVICE = {"name": "api", "app": "app:app", "env": {"SECRET": "{secret.pay}"}}
HOOK = {
    "name": "pay",
    "service": "api",
    "path": "/pay",
    "scheme": "stripe",
    "payload": '{"id": "{id}"}',
    "effect": "select 1",
}


def test_services_and_webhooks():
    settings = parse({"services": [SERVICE], "webhooks": [HOOK]})
    assert settings.services[0].instances == 1
    assert settings.webhooks[0].tolerance == 300


@pytest.mark.parametrize(
    ("service", "hook", "said"),
    [
        ({"app": ""}, {}, r"services\[0\]: expected either `app`"),
        ({"command": "serve"}, {}, r"services\[0\]: expected either"),
        ({"app": "", "command": "serve"}, {}, r"services\[0\].command: expected \{port\}"),
        ({"instances": 0}, {}, r"services\[0\]: expected at least one"),
        ({"env": {}}, {}, r'webhooks\[0\]: the service .api. is not given its secret; .*"\{secret.pay\}"'),
        (
            {},
            {"service": "web"},
            r"webhooks\[0\].service: expected the name of a service \(api\); found 'web'",
        ),
        ({}, {"path": "pay"}, r"webhooks\[0\].path: expected a path that begins with /"),
        ({}, {"payload": '{"id": 1}'}, r"webhooks\[0\].payload: stripe has the event's id in its body"),
        ({}, {"effect": ""}, r"webhooks\[0\].effect: must say something"),
    ],
)
def test_what_is_wrong_with_them_is_said(service, hook, said):
    with pytest.raises(SettingsError, match=said):
        parse({"services": [SERVICE | service], "webhooks": [HOOK | hook]})


HEALTH = {"services": ["api"], "required": {"database": 5.0}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"services": []}, r"health.services: expected the name of at least one"),
        ({"services": ["web"]}, r"health.services: expected the name of a service \(api\); found 'web'"),
        ({"required": {}}, r"health: expected at least one dependency"),
        ({"required": {"mongo": 3.0}}, r"health.required.mongo: only these can be made to fail: database"),
        ({"optional": {"redis": 0}}, r"health.optional.redis: expected seconds above 0, found 0"),
        ({"liveness": "live"}, r"health.liveness: expected a path that begins with /"),
        ({"scale": 0}, r"health: expected a scale above 0"),
    ],
)
def test_what_is_wrong_with_health_is_said(change, said):
    assert parse({"services": [SERVICE], "health": HEALTH}).health.path == "/health"
    with pytest.raises(SettingsError, match=said):
        parse({"services": [SERVICE], "health": HEALTH | change})


def test_a_limit_over_http_names_a_service():
    http = {"service": "api", "path": "/agent"}
    limit = {"name": "agent", "limit": 30}
    settings = parse({"services": [SERVICE], "limits": [limit | {"http": http}]})
    assert settings.limits[0].http.method == "GET"
    with pytest.raises(SettingsError, match=r"limits\[0\]: expected `limiter` .* or `http`"):
        parse({"limits": [limit]})
    with pytest.raises(SettingsError, match=r"limits\[0\].http.service: expected the name of a service"):
        parse({"limits": [limit | {"http": http}]})
    with pytest.raises(SettingsError, match=r"limits\[0\].http.path: expected a path"):
        parse({"services": [SERVICE], "limits": [limit | {"http": http | {"path": "agent"}}]})
