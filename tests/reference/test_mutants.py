"""The reference is sound, and each of its mutants is killed by the check that it names.

Whether the checks of other areas stay silent is looked at in tests/catalogue, where time is no matter.
"""

import os

import pytest

import readiness_reference
from mutants import CHECKS, MUTANTS, RESIDUE, failures, killer, told
from pytest_readiness.vocabulary import Status

ALL = os.environ.get("READINESS_MUTANTS") == "all"
"""Set by `make mutants`; without it one mutant of each check stands for the others."""


def statuses(record):
    return {finding.status for finding in record.findings}


def test_the_sound_reference_passes_every_check(judge):
    sound = judge(None, CHECKS)
    assert sound
    assert not any(told(sound).values()), told(sound)
    for name, record in sound.items():
        assert record.absent or Status.PASSED in statuses(record), name


def first_of_each():
    """Return one mutant of each check."""
    return list({killer(mutant): mutant for mutant in reversed(MUTANTS)}.values())


@pytest.mark.parametrize("mutant", MUTANTS if ALL else first_of_each(), ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant(judge, mutant):
    name = killer(mutant)
    assert name in CHECKS, f"the check that kills {mutant.stem} is gone"
    # First: a role that a mutant makes belongs to the whole server.
    known = failures(judge(None, [name])[name]) if name in RESIDUE else {}
    records = judge(mutant, [name])
    failed = failures(records[name])
    assert failed.keys() - known.keys(), told(records)
    assert all(failure.reproduce for failure in failed.values())


def test_every_check_has_mutants():
    killed = [path.name.split("_")[0] for path in readiness_reference.MUTANTS.glob("*_*.*")]
    for name in CHECKS:
        assert killed.count(name) >= 3, name
