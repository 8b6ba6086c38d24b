"""Services whose dependencies fail."""

from __future__ import annotations

import re
from dataclasses import replace

import readiness_reference
from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.evidence.health import HealthEvidence
from pytest_readiness.gather.health.examination import examined
from pytest_readiness.gather.health.manifests import read
from pytest_readiness.run.evaluate import load
from pytest_readiness.settings import Health, Service, Settings

MUTANTS = sorted(readiness_reference.MUTANTS.glob("HEA*.py"))
SOUND_MANIFESTS = ("deploy",)
MANIFESTS = sorted(readiness_reference.MUTANTS.glob("HEA*.yaml"))
KILLS = re.compile(r"^# kills: (\w+)$", re.MULTILINE)
EVERY = {d.spec.id: load(d) for d in read_catalogue(Settings()).checks if d.area == "health"}
CHECKS = {name: check for name, check in EVERY.items() if "health" in check.__annotations__}
FAULTS = {
    "HEA001": ("refuse",),
    "HEA002": ("blackhole",),
    "HEA003": ("refuse",),
    "HEA004": ("refuse",),
    "HEA005": ("blackhole",),
    "HEA006": ("refuse",),
}
HEALTH = Health(
    ("api",),
    liveness="/health/liveness",
    readiness="/health/readiness",
    required={"database": 5.0},
    optional={"redis": 3.0},
    scale=0.14,
)
KAFKA = replace(HEALTH, optional={"redis": 3.0, "kafka": 3.0})


def ways(mutant):
    """Return what is declared of a mutant, and the faults in which it shows."""
    if mutant.stem == "HEA001_port_is_open":
        return KAFKA, ("blackhole",)
    if mutant.stem == "HEA006_seconds_called_milliseconds":
        return HEALTH, ("blackhole",)  # what is told has to be as long as the wait was
    return HEALTH, FAULTS[mutant.stem[:6]]


def service(app="", command=""):
    """Return a service whose budgets are scaled."""
    env = {
        "DATABASE_URL": "{database_url}",
        "REDIS_URL": "{redis_url}",
        "DATABASE_BUDGET_S": "{budget.database}",
        "REDIS_BUDGET_S": "{budget.redis}",
        "KAFKA_URL": "{kafka_url}",
        "KAFKA_BUDGET_S": "{budget.kafka}",
        "DB_BUDGET_S": "{budget.database}",
    }
    return Service("api", app=app, command=command, env=env)


def under_attack(target, served, health=HEALTH, faults=()):
    """Return the finding of each check about one service."""
    target.settings = replace(target.settings, services=(served,), health=health)
    evidence = HealthEvidence((examined(target, health, "api", faults),))
    return {name: next(iter(check(evidence))) for name, check in CHECKS.items()}


def answers_of_the_sound(target):
    """Return how the sound service answers while its dependencies hang; manifests call it `health`."""
    target.settings = replace(
        target.settings, services=(service("readiness_reference.services.health:app"),), health=HEALTH
    )
    asked = examined(target, HEALTH, "api", ("blackhole",))
    return HealthEvidence((replace(asked, name="health"),))


def manifest_judged(answers, *manifests):
    """Return the findings about manifests of the reference, by how its service was seen to answer."""
    declared = replace(HEALTH, manifests=manifests)
    return list(EVERY["HEA007"](read(readiness_reference.ROOT, declared, answers)))
