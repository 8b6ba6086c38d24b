"""The reference's limiter is sound, and a mutant is killed by the check that it names."""

import re
import sys

import pytest

import readiness_reference
from limiters import properties_of, tried
from pytest_readiness.gather.limits.worlds import MOVED
from pytest_readiness.vocabulary import Status

MUTANTS = sorted(readiness_reference.MUTANTS.glob("LIM00*.py")) + sorted(
    readiness_reference.MUTANTS.glob("LIM010*.py")
)
KILLS = re.compile(r"^# kills: (\w+)$", re.MULTILINE)
# One of each check: the others stand in the catalogue.
FEW = sorted({path.name[:6]: path for path in reversed(MUTANTS)}.values())
SOUND = "readiness_reference.services.limits:make_limiter"


def test_the_sound_limiter_passes_every_check():
    findings = tried(SOUND)
    assert len({finding.subject for finding in findings}) == len(findings) > 25
    assert [finding for finding in findings if finding.status is not Status.PASSED] == []
    if sys.platform == "linux":
        assert all(MOVED in finding.detail for finding in findings)


@pytest.mark.parametrize("mutant", FEW, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant(mutant):
    killer = KILLS.search(mutant.read_text()).group(1)
    findings = tried(f"readiness_reference.mutants.{mutant.stem}:make_limiter", properties_of(killer))
    failures = [finding for finding in findings if finding.status is Status.FAILED]
    assert failures, findings
    assert all(failure.reproduce for failure in failures)
