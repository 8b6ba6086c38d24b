"""The reference's health checks are sound, and a mutant is killed by the check that it names."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import system
from wards import (
    CHECKS,
    KILLS,
    MANIFESTS,
    MUTANTS,
    SOUND_MANIFESTS,
    answers_of_the_sound,
    manifest_judged,
    service,
    under_attack,
    ways,
)

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
    return answers_of_the_sound(target)


def test_the_manifest_of_the_sound_service_passes(answers):
    found = manifest_judged(answers, *SOUND_MANIFESTS)
    assert [finding.status for finding in found] == [Status.PASSED] * 3, found


@pytest.mark.parametrize("mutant", MANIFESTS, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant_of_the_manifest(answers, mutant):
    assert KILLS.search(mutant.read_text()).group(1) == "HEA007"
    found = manifest_judged(answers, f"mutants/{mutant.name}")
    (failure,) = [finding for finding in found if finding.status is Status.FAILED]
    assert failure.reproduce
