"""HEA007 on probes of manifests, and of services, made by hand."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.health import ServiceHealth
from pytest_readiness.evidence.orchestration import OrchestrationEvidence, ProbeSpec
from readiness_checks.health.probes_wait_long_enough import probes_wait_long_enough as check

READY, LIVE, STARTED = "readinessProbe", "livenessProbe", "startupProbe"


@pytest.fixture
def service(probe):
    """A service whose budgets, 5 s and 3 s, are scaled; its readiness waits for the database alone."""

    def make(name="api", scale=0.1, database=0.52, cache=0.02, well=0.02, missing=()):
        budgets = {"database": 5 * scale}, {"redis": 3 * scale}
        asked = [
            *(probe(endpoint=endpoint, seconds=well) for endpoint in ("health", "liveness", "readiness")),
            probe(503, "unhealthy", down=("database",), endpoint="readiness", seconds=database),
            probe(200, "healthy", down=("redis",), endpoint="readiness", seconds=cache),
            probe(503, "unhealthy", down=("database",), seconds=database),
            probe(200, "degraded", down=("redis",), seconds=3.02 * scale),
            *(probe(200, down=(name,), endpoint="liveness", seconds=0.02) for name in ("database", "redis")),
        ]
        asked = [one for one in asked if (one.endpoint, *one.failing) not in missing]
        return ServiceHealth(name, *budgets, 5.0, 0.0, tuple(asked), (40, 2), (2, 2), ())

    return make


@pytest.fixture
def verdict(service):
    def judge(*probes, services=None, unread=()):
        evidence = OrchestrationEvidence(probes, services or (service(),), tuple(unread))
        return [(finding.status.value, finding.detail) for finding in check(evidence)]

    return judge


def asking(kind, endpoint, timeout=1.0, names=("api",), **more):
    path = {"health": "/health", "liveness": "/live", "readiness": "/ready"}[endpoint]
    place = f"api.yaml: Deployment {names}, {kind}"
    return ProbeSpec(place, kind, path, (endpoint,), tuple(names), timeout, **more)


@pytest.mark.parametrize(
    ("kind", "endpoint", "timeout", "expected"),
    [
        (READY, "readiness", 1.0, "passed"),  # for the database it waits for a refusal
        (READY, "health", 1.0, "failed"),
        (READY, "health", 3.0, "failed"),  # it gives up as the answer comes
        (READY, "health", 4.0, "passed"),
        (STARTED, "health", 1.0, "failed"),
        (STARTED, "health", 4.0, "passed"),
        (LIVE, "liveness", 1.0, "passed"),
        (LIVE, "health", 6.0, "failed"),  # it restarts for want of the database
        (LIVE, "readiness", 6.0, "failed"),
    ],
)
def test_a_probe_waits_for_what_was_seen_to_be_waited_for(verdict, kind, endpoint, timeout, expected):
    ((status, _),) = verdict(asking(kind, endpoint, timeout))
    assert status == expected


def test_the_finding_tells_what_becomes_of_it(verdict):
    ((_, detail),) = verdict(asking(READY, "health", period=5.0, failures=2.0))
    assert "takes up to 3 s while redis hangs" in detail
    assert "after 2 failures, 5 s apart, it is taken out of the traffic" in detail


@pytest.mark.parametrize(("cache", "expected"), [(0.02, "passed"), (0.31, "failed")])
def test_budgets_of_what_an_endpoint_does_not_ask_are_none_of_its(verdict, service, cache, expected):
    ((status, _),) = verdict(asking(READY, "readiness"), services=(service(cache=cache),))
    assert status == expected


@pytest.mark.parametrize(("timeout", "expected"), [(1.0, "failed"), (3.0, "passed")])
def test_an_endpoint_that_gives_up_sooner_than_its_budget_takes_what_it_took(
    verdict, service, timeout, expected
):
    sooner = service(scale=1.0, cache=1.02)
    ((status, _),) = verdict(asking(READY, "readiness", timeout), services=(sooner,))
    assert status == expected


@pytest.mark.parametrize(("timeout", "expected"), [(0.1, "failed"), (1.0, "unknown"), (2.0, "passed")])
def test_what_it_took_may_be_scaled_as_budgets_are(verdict, service, timeout, expected):
    sooner = service(scale=0.2, cache=0.25)
    ((status, detail),) = verdict(asking(READY, "readiness", timeout), services=(sooner,))
    assert status == expected
    assert ("it may take 1.25 s" in detail) is (expected == "unknown")


@pytest.mark.parametrize(
    ("kind", "endpoint", "missing"),
    [
        (READY, "readiness", ("readiness", "redis")),
        (READY, "readiness", ("readiness", "database")),
        (STARTED, "health", ("health",)),
        (LIVE, "liveness", ("liveness", "redis")),
    ],
)
def test_what_was_not_measured_is_unknown(verdict, service, kind, endpoint, missing):
    ((status, detail),) = verdict(asking(kind, endpoint, 30.0), services=(service(missing={missing}),))
    assert status == "unknown"
    assert missing[-1] in detail or "while all is well" in detail


def test_what_did_not_answer_was_not_measured(verdict, service, probe):
    made = service(missing={("readiness", "redis")})
    silent = probe(0, "", down=("redis",), endpoint="readiness", seconds=2.8)
    ((status, _),) = verdict(
        asking(READY, "readiness", 30.0), services=(replace(made, probes=(*made.probes, silent)),)
    )
    assert status == "unknown"


@pytest.mark.parametrize(("well", "expected"), [(0.4, "passed"), (1.5, "failed")])
def test_what_takes_long_while_all_is_well_is_given_up_each_time(verdict, service, well, expected):
    ((status, _),) = verdict(asking(READY, "readiness"), services=(service(well=well),))
    assert status == expected


def test_what_is_named_as_a_service_leaves_the_others_out(verdict):
    others = asking(READY, "health", names=("shop", "web"))
    own = asking(READY, "health", 6.0, names=("wallet", "api"))
    assert [status for status, _ in verdict(own, others)] == ["passed"]


def test_of_several_that_are_not_named_a_wrong_one_is_unknown(verdict):
    found = verdict(asking(READY, "health", names=("shop",)), asking(READY, "health", 6.0, names=("wallet",)))
    assert [status for status, _ in found] == ["unknown", "passed"]


def test_of_several_services_it_may_be_any(verdict, service):
    services = (service("first", cache=0.31), service("second"))
    ((status, _),) = verdict(asking(READY, "readiness"), services=services)
    assert status == "unknown"
    ((status, _),) = verdict(asking(READY, "readiness", names=("First",)), services=services)
    assert status == "failed"


def test_what_cannot_be_read_is_unknown(verdict):
    found = verdict(
        asking(READY, "health", 6.0, doubt="a patch changes it"), unread=[("chart.yaml", "a template")]
    )
    assert sorted(found) == [("unknown", "a patch changes it"), ("unknown", "not read: a template")]
