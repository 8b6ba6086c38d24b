"""Limiters of others: defects are found by a property that the case names, correct ones raise no alarm."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import readiness_reference
from limiters import STRICT, properties_of, tried
from pytest_readiness.vocabulary import Status

CASES = sorted((Path(__file__).parents[2] / "fixtures" / "cases" / "limits").iterdir())
MUTANTS = sorted(readiness_reference.MUTANTS.glob("LIM0*_*.py"))
SOUND = "readiness_reference.services.limits:make_limiter"
GUARANTEES = {
    "strict": "sliding-window-log",
    "counter": "sliding-window-counter",
    "gcra": "token-bucket",
    "fixed": "fixed-window",
}
LIMITER_MUTANTS = [path for path in MUTANTS if path.name < "LIM011"]


def failing(findings):
    return {
        finding.subject.removeprefix("it: ") for finding in findings if finding.status is not Status.PASSED
    }


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_case_is_found_by_its_property_and_a_correct_one_is_clean(case):
    told = json.loads((case / "case.json").read_text())
    declared = told["declared"] | {"guarantee": GUARANTEES[told["declared"]["guarantee"]]}
    found = failing(tried("limiter:make_limiter", promise=replace(STRICT, **declared), folder=case))
    if told["found_by"]:
        assert found & {*told["found_by"]}
    else:
        assert found == set()


@pytest.mark.parametrize("run", range(20))
def test_the_sound_limiter_is_clean_every_time(run):
    assert failing(tried(SOUND)) == set()


@pytest.mark.parametrize(
    ("name", "guarantee", "counts_refused"),
    [
        ("FixedAnchored", "fixed-window", False),
        ("FixedEpoch", "fixed-window", True),
        ("Bucket", "token-bucket", False),
        ("FloorCounter", "sliding-window-counter", False),
        ("CeilLog", "sliding-window-log", False),
        ("Watch", "sliding-window-log", False),
        ("Cost", "sliding-window-log", False),
    ],
)
def test_sound_limiters_of_other_algorithms_raise_no_alarm(name, guarantee, counts_refused):
    promise = replace(STRICT, guarantee=guarantee, counts_refused=counts_refused)
    folder = CASES[0].parents[1] / "services"
    assert failing(tried(f"sound_limiters:{name}", promise=promise, folder=folder)) == set()


@pytest.mark.parametrize("mutant", LIMITER_MUTANTS, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant(mutant):
    found = tried(f"readiness_reference.mutants.{mutant.stem}:make_limiter", properties_of(mutant.stem[:6]))
    assert any(finding.status is Status.FAILED for finding in found), found
