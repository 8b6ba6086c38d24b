"""The reference is sound, and each of its mutants is killed by the check that it names.

One hole may be reached in several ways, so other checks of the same area may fail as well. Whether another
area's checks stay silent is looked at here where a mutant is about isolation, and for all others in
tests/catalogue, where time is no matter.
"""

import pytest

import readiness_reference
from mutants import CHECKS, MUTANTS, failures, killer, told
from pytest_readiness.vocabulary import Status

POINTS = "SCH"
"""Checks of the catalog alone: they point at holes that attacks go through."""

APART = ("WAL", "LIM", "WHK")
"""Checks of what calls the database: no hole in isolation changes what they find, and they take their time."""


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


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant_and_no_other_area_fails(judge, sound, mutant):
    name = killer(mutant)
    whole = [other for other in CHECKS if not other.startswith(APART)]
    records = judge(mutant, whole if name.startswith("ISO") else [name])
    assert name in records, f"the check that kills {mutant.stem} is gone"
    failed = failures(records[name])
    assert failed.keys() - failures(sound[name]).keys(), told(records)
    assert all(failure.reproduce for failure in failed.values())
    area = name.rstrip("0123456789")
    strangers = {other for other, found in told(records).items() if found and not other.startswith(area)}
    assert {other for other in strangers if not other.startswith(POINTS)} == set()


def test_every_check_has_mutants():
    killed = [path.name.split("_")[0] for path in readiness_reference.MUTANTS.glob("*_*.*")]
    for name in CHECKS:
        assert killed.count(name) >= 3, name
