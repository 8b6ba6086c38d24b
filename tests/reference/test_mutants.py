"""The reference is sound, and each of its mutants is killed by the check that it names.

Whether the checks of other areas stay silent is looked at in tests/catalogue, where time is no matter.
"""

import pytest

import readiness_reference
from mutants import CHECKS, MUTANTS, failures, killer, told
from pytest_readiness.vocabulary import Status

POINTS = "SCH"
"""Checks of the catalog alone: they point at holes that attacks go through."""


def statuses(record):
    return {finding.status for finding in record.findings}


@pytest.fixture(scope="session")
def sound(judge):
    return judge(None, CHECKS)


def test_the_sound_reference_passes_every_check(sound):
    assert sound
    assert not any(told(sound).values()), told(sound)
    for name, record in sound.items():
        assert record.absent or Status.PASSED in statuses(record), name


def one_of_each_lint():
    """Leave out all but the first mutant of each check of the catalog: tests/catalogue has the others."""
    seen = set()
    for mutant in MUTANTS:
        name = killer(mutant)
        if not name.startswith(POINTS) or name not in seen:
            yield mutant
        seen.add(name)


@pytest.mark.parametrize("mutant", list(one_of_each_lint()), ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant(judge, sound, mutant):
    name = killer(mutant)
    records = judge(mutant, [name])
    assert name in records, f"the check that kills {mutant.stem} is gone"
    failed = failures(records[name])
    assert failed.keys() - failures(sound[name]).keys(), told(records)
    assert all(failure.reproduce for failure in failed.values())


def test_every_check_has_mutants():
    killed = [path.name.split("_")[0] for path in readiness_reference.MUTANTS.glob("*_*.*")]
    for name in CHECKS:
        assert killed.count(name) >= 3, name
