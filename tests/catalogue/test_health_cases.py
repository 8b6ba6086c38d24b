"""Health checks of others, all mutants of the reference, and the sound ones, twenty times."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_readiness.evidence.health import HealthEvidence
from pytest_readiness.gather.health.examination import health
from pytest_readiness.gather.store import Shard
from pytest_readiness.vocabulary import Status
from systems import system
from wards import CHECKS, HEALTH, KAFKA, KILLS, MUTANTS, service, under_attack, ways

APP = Path(__file__).parents[2] / "fixtures" / "cases" / "services" / "health.py"
THEIRS = replace(HEALTH, liveness="/health/live", readiness="/health/ready")
FOUND_BY = {
    "cacheable": "HEA004",
    "degraded_503": "HEA001",
    "leaks": "HEA004",
    "live_needs_db": "HEA003",
    "no_timeout": "HEA002",
    "stale_cache": "HEA001",
    "stampede": "HEA005",
    "sequential_checks": "HEA002",
    "blocking_probe": "HEA003",
    "connection_leak": "HEA005",
    "budget_hard_coded": "HEA002",
    "unhealthy_200": "HEA001",
    "redis_ignored": "HEA001",
    "ready_is_live": "HEA003",
    "port_open_only": "HEA001",
    "no_recovery": "HEA001",
    "timeout_crash": "HEA001",
    "no_log": "HEA006",
    "log_without_dependency": "HEA006",
    "latency_seconds": "HEA006",
    "traceback_in_body": "HEA004",
    "budgets_crossed": "HEA002",
    "redis_on_the_loop": "HEA003",
}


def failing(found):
    return {name for name, finding in found.items() if finding.status is not Status.PASSED}


@pytest.fixture(scope="module")
def target(own_server, tmp_path_factory):
    with system(own_server, tmp_path_factory.mktemp("health"), "select 1;") as target:
        yield target


def theirs(target, variant):
    command = f"{sys.executable} {APP} {variant} --port {{port}}"
    return under_attack(target, service(command=command), THEIRS)


@pytest.mark.parametrize("variant", FOUND_BY)
def test_a_defect_is_found(target, variant):
    found = theirs(target, variant)
    assert found[FOUND_BY[variant]].status is Status.FAILED, found


@pytest.mark.parametrize("variant", ["good", "kept_connection", "extra_fields"])
def test_a_correct_one_is_clean(target, variant):
    assert failing(theirs(target, variant)) == set()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant(target, mutant):
    killer = KILLS.search(mutant.read_text()).group(1)
    app = service(f"readiness_reference.mutants.{mutant.stem}:app")
    found = under_attack(target, app, *ways(mutant))
    assert found[killer].status is Status.FAILED, found


@pytest.mark.parametrize("run", range(20))
def test_the_sound_service_is_clean_every_time(target, run):
    declared = KAFKA if run % 2 else HEALTH
    found = under_attack(target, service("readiness_reference.services.health:app"), declared)
    assert found.keys() == CHECKS.keys()
    assert failing(found) == set()


def test_twelve_services_are_asked_each_for_itself(target):
    sound = service("readiness_reference.services.health:app")
    broken = replace(sound, app="readiness_reference.mutants.HEA004_stored:app")
    services = [replace(broken if n == 7 else sound, name=f"service-{n:02}") for n in range(12)]
    declared = replace(HEALTH, services=tuple(s.name for s in services), scale=0.1)
    target.settings = replace(target.settings, services=tuple(services), health=declared)
    parts = [health(target, Shard(index, 2)) for index in range(2)]
    (stored,) = (c for name, c in CHECKS.items() if name == "HEA004")
    findings = {f.subject: f.status for f in stored(HealthEvidence.merge(parts))}
    assert findings == {s.name: Status.FAILED if s is services[7] else Status.PASSED for s in services}
