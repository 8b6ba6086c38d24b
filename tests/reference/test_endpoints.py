"""The reference's endpoints keep their limits, in two instances, and a mutant is killed by the check that it names."""

import pytest

from pytest_readiness.vocabulary import Status
from sieges import CHECKS, GROUPS, KILLS, MUTANTS, limit, service, under_attack
from systems import system

# One of each check: the others stand in the catalogue, since each starts a service.
FEW = sorted({path.name[:6]: path for path in reversed(MUTANTS)}.values())


@pytest.fixture(scope="module")
def target(server, tmp_path_factory):
    with system(server, tmp_path_factory.mktemp("endpoints"), "select 1;") as target:
        yield target


def test_the_sound_endpoint_passes_every_check(target):
    app = service("readiness_reference.services.limited:app", instances=2)
    found = under_attack(target, app, limit())
    assert {name: finding.status for name, finding in found.items()} == dict.fromkeys(
        CHECKS, Status.PASSED
    ), found


@pytest.mark.parametrize("mutant", FEW, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant(target, mutant):
    killer = KILLS.search(mutant.read_text()).group(1)
    instances = 2 if "instance" in mutant.stem else 1
    app = service(f"readiness_reference.mutants.{mutant.stem}:app", instances)
    failure = under_attack(target, app, limit(), GROUPS[killer])[killer]
    assert failure.status is Status.FAILED, failure
    assert failure.reproduce
