"""The reference's webhooks are sound, in two instances, and each mutant is killed by the check that it names."""

import pytest

from hooks import CHECKS, KILLS, MUTANTS, attacks, groups_of
from pytest_readiness.vocabulary import Status

# One of each check: the others stand in the catalogue, since each starts a service.
FEW = sorted({path.name[:6]: path for path in reversed(MUTANTS)}.values())


@pytest.fixture(scope="module")
def judge(server, tmp_path_factory):
    with attacks(server, tmp_path_factory.mktemp("run"), "webhooks") as run:
        yield run


def test_the_sound_webhooks_pass_every_check(judge):
    found = judge("readiness_reference.services.webhooks:app", instances=2)
    assert {name: [f.status for f in findings] for name, findings in found.items()} == {
        name: [Status.PASSED] for name in CHECKS
    }, found


@pytest.mark.parametrize("mutant", FEW, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant(judge, mutant):
    killer = KILLS.search(mutant.read_text()).group(1)
    found = judge(f"readiness_reference.mutants.{mutant.stem}:app", groups_of(mutant))
    (failure,) = found[killer]
    assert failure.status is Status.FAILED, found
    assert failure.reproduce
