"""The reference is sound, and each of its mutants is killed by the check that it names, and by no other."""

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
    }


def test_the_sound_reference_passes_every_check(judge):
    records = judge(None, reference_checks())
    assert records
    for name, record in records.items():
        assert statuses(record) == {Status.PASSED}, (name, told(records))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant_and_no_other_does(judge, mutant):
    name = killer(mutant)
    records = judge(mutant, reference_checks())
    assert name in records, f"the check that kills {mutant.stem} is gone"
    assert Status.FAILED in statuses(records[name]), told(records)
    for failure in records[name].findings:
        if failure.status is Status.FAILED:
            assert failure.reproduce
    others = {other: found for other, found in told(records).items() if other != name and found}
    assert others == {}


def test_every_check_has_mutants():
    killed = [killer(mutant) for mutant in MUTANTS]
    for name in reference_checks():
        assert killed.count(name) >= 3, name
