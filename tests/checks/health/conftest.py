"""Probes made by hand, and what a check says of them."""

import pytest

from pytest_readiness.evidence.health import HealthEvidence, Probe, ServiceHealth


@pytest.fixture
def probe():
    """Make a probe; `down` is what hangs."""

    def make(status=200, state="healthy", *, down=(), endpoint="health", fault="", seconds=0.01, **more):
        fault = fault or ("blackhole" if down else "none")
        return Probe(endpoint, fault, tuple(down), status, state, seconds, **more)

    return make


@pytest.fixture
def verdict():
    """Judge a service with a database that it requires, and a cache, perhaps a queue, that it does not."""

    def judge(
        check,
        *probes,
        budgets=((0.8,), (0.5,)),
        stampede=(40, 2),
        connections=(2, 2),
        logged=("database", "redis"),
        timeout=0.0,
        abandoned=None,
    ):
        required, optional = budgets
        service = ServiceHealth(
            "api",
            dict(zip(("database",), required, strict=True)),
            dict(zip(("redis", "kafka"), optional, strict=False)),
            5.0,
            timeout,
            tuple(probes),
            stampede,
            connections,
            logged,
            abandoned or {},
        )
        (finding,) = check(HealthEvidence((service,)))
        assert finding.subject == "api"
        return finding.status.value

    return judge
