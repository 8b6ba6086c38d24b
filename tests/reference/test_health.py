"""The reference's health checks are sound, and a mutant is killed by the check that it names."""

from dataclasses import replace

import pytest

import readiness_reference
from pytest_readiness.evidence.health import HealthEvidence
from pytest_readiness.gather.health.examination import examined
from pytest_readiness.gather.health.manifests import read
from pytest_readiness.settings import load
from pytest_readiness.vocabulary import Status
from systems import system
from wards import CHECKS, EVERY, HEALTH, KILLS, MANIFESTS, MUTANTS, service, under_attack, ways

# One of each check, not the slowest: the others stand in the catalogue, since each starts a service.
FEW = sorted({path.name[:6]: path for path in MUTANTS}.values())


@pytest.fixture(scope="module")
def target(server, tmp_path_factory):
    with system(server, tmp_path_factory.mktemp("health"), "select 1;") as target:
        yield target


def test_the_sound_service_passes_every_check(target):
    found = under_attack(target, service("readiness_reference.services.health:app"))
    assert {name: finding.status for name, finding in found.items()} == dict.fromkeys(
        CHECKS, Status.PASSED
    ), found


@pytest.mark.parametrize("mutant", FEW, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant(target, mutant):
    killer = KILLS.search(mutant.read_text()).group(1)
    app = service(f"readiness_reference.mutants.{mutant.stem}:app")
    failure = under_attack(target, app, *ways(mutant))[killer]
    assert failure.status is Status.FAILED, failure
    assert failure.reproduce


@pytest.fixture(scope="module")
def answers(target):
    """How the sound service was seen to answer while its dependencies hung."""
    served = service("readiness_reference.services.health:app")
    target.settings = replace(target.settings, services=(served,), health=HEALTH)
    asked = examined(target, HEALTH, "api", ("blackhole",))
    return HealthEvidence((replace(asked, name="health"),))


def read_from(answers, *manifests):
    declared = replace(HEALTH, manifests=manifests)
    return {f.subject: f for f in EVERY["HEA007"](read(readiness_reference.ROOT, declared, answers))}


def test_the_manifest_of_the_sound_service_passes(answers):
    declared = load(
        readiness_reference.ROOT, readiness_reference.ROOT, readiness_reference.ROOT / "services.toml"
    )
    found = read_from(answers, *declared.health.manifests)
    assert [finding.status for finding in found.values()] == [Status.PASSED] * 3, found


@pytest.mark.parametrize("mutant", MANIFESTS, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant_of_the_manifest(answers, mutant):
    assert KILLS.search(mutant.read_text()).group(1) == "HEA007"
    found = read_from(answers, f"mutants/{mutant.name}")
    failures = [finding for finding in found.values() if finding.status is Status.FAILED]
    assert len(failures) == 1, found
    assert failures[0].reproduce
