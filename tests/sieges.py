"""Limited endpoints under attack."""

from __future__ import annotations

import re
from dataclasses import replace

import readiness_reference
from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.evidence.endpoints import EndpointEvidence
from pytest_readiness.gather.endpoints.sieges import besieged
from pytest_readiness.run.evaluate import load
from pytest_readiness.settings import Http, Limit, Service, Settings

NAMES = ("LIM011", "LIM012", "LIM013", "LIM014")
MUTANTS = sorted(path for name in NAMES for path in readiness_reference.MUTANTS.glob(f"{name}*.py"))
KILLS = re.compile(r"^# kills: (\w+)$", re.MULTILINE)
CHECKS = {d.spec.id: load(d) for d in read_catalogue(Settings()).checks if d.spec.id in NAMES}
GROUPS = {
    "LIM011": ("exact", "process"),
    "LIM012": ("exact", "bypass"),
    "LIM013": ("refusal",),
    "LIM014": ("outage",),
}


def limit(path="/agent", count=30, method="GET"):
    """Return a limit over HTTP, of 60 s."""
    http = Http("api", path, method, caller="x-api-key", valid=("key-one", "key-two"), work="GET /_work")
    return Limit(
        path, count, guarantee="sliding-window-log", on_redis_failure="refuse", failure_within=2.0, http=http
    )


def service(app="", instances=1, command="", transport="http"):
    """Return a service that knows two credentials."""
    env = {"REDIS_URL": "{redis_url}", "API_KEYS": "key-one key-two"}
    return Service(
        "api", app=app, command=command, env=env, instances=instances, ready="/_work", transport=transport
    )


def under_attack(target, served, declared, groups=()):
    """Return the finding of each check about one endpoint."""
    target.settings = replace(target.settings, services=(served,), limits=(declared,))
    evidence = EndpointEvidence((besieged(target, declared, groups),))
    return {name: next(iter(check(evidence))) for name, check in CHECKS.items()}
