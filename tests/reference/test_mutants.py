"""The reference is sound, and each of its mutants is killed by the check that it names.

One hole may be reached in several ways, so other checks of the same area may fail as well.
"""

import re

import pytest

import readiness_reference
from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.settings import load
from pytest_readiness.vocabulary import Status

MUTANTS = sorted(readiness_reference.MUTANTS.glob("*.sql"))
KILLS = re.compile(r"^-- kills: (\w+)$", re.MULTILINE)


def killer(mutant):
    return KILLS.search(mutant.read_text()).group(1)


def reference_checks():
    root = readiness_reference.ROOT
    return [declared.spec.id for declared in read_catalogue(load(root, root)).checks]


def statuses(record):
    return {finding.status for finding in record.findings}


def told(records):
    return {
        name: [
            (f.subject, f.status.value, f.detail) for f in record.findings if f.status is not Status.PASSED
        ]
        for name, record in records.items()
        # What is open in nearly every database is open in this one.
        if name != "ISO010"
    }


def failures(record):
    return {finding.subject: finding for finding in record.findings if finding.status is Status.FAILED}


@pytest.fixture(scope="session")
def sound(judge):
    return judge(None, reference_checks())


def test_the_sound_reference_passes_every_check(sound):
    assert sound
    assert not any(told(sound).values()), told(sound)
    for name, record in sound.items():
        assert record.absent or Status.PASSED in statuses(record), name


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant_and_no_other_area_fails(judge, sound, mutant):
    name = killer(mutant)
    records = judge(mutant, reference_checks())
    assert name in records, f"the check that kills {mutant.stem} is gone"
    failed = failures(records[name])
    assert failed.keys() - failures(sound[name]).keys(), told(records)
    assert all(failure.reproduce for failure in failed.values())
    area = name.rstrip("0123456789")
    assert {other for other, found in told(records).items() if found and not other.startswith(area)} == set()


def test_every_check_has_mutants():
    killed = [path.name.split("_")[0] for path in readiness_reference.MUTANTS.glob("*_*.*")]
    for name in reference_checks():
        assert killed.count(name) >= 3, name
