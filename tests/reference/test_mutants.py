"""The reference is sound, and each of its mutants is killed by the check that it names.

One hole may be reached in several ways, so other checks of the same area may fail as well. Whether another
area's checks stay silent is looked at here where a mutant is about isolation, and for all others in
tests/catalogue, where time is no matter.
"""

import pytest

from mutants import CHECKS, MUTANTS, failures, killer, told
from pytest_readiness.vocabulary import Status

WALLET = "WAL"
POINTS = "SCH"
"""Checks of the catalog alone: they point at holes that attacks go through."""


def judged_on(mutant):
    """Return the ids of the checks that judge a mutant.

    The wallet is moved through thousands of calls, which no mutant of another area changes.
    """
    name = killer(mutant)
    return [other for other in CHECKS if not other.startswith(WALLET)] if name.startswith("ISO") else [name]


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
def test_the_named_check_kills_the_mutant_and_no_other_area_fails(judge, sound, mutant):
    name = killer(mutant)
    records = judge(mutant, judged_on(mutant))
    assert name in records, f"the check that kills {mutant.stem} is gone"
    failed = failures(records[name])
    assert failed.keys() - failures(sound[name]).keys(), told(records)
    assert all(failure.reproduce for failure in failed.values())
    area = name.rstrip("0123456789")
    strangers = {other for other, found in told(records).items() if found and not other.startswith(area)}
    assert {other for other in strangers if not other.startswith(POINTS)} == set()


def test_every_check_has_mutants():
    killed = [killer(mutant) for mutant in MUTANTS]
    for name in CHECKS:
        assert killed.count(name) >= 3, name
